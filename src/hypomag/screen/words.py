"""What the words and codes of a chunk mean: recognised once for each different one, not once a patient."""

from __future__ import annotations

from hypomag import knowledge
from hypomag.engine.duckdb import Ward
from hypomag.engine.texts import INPUTS
from hypomag.recognise import recognise
from hypomag.record import TABLES, Record, seal

MOST_KEPT = 500_000  # different wordings; beyond this, what earlier chunks held is forgotten
# The columns by which facts are recognised; numbers in value_text mean nothing by themselves.
SAYS = {
    name: [c for c in ("code", "system", "text", "specimen", "note") if c in columns]
    for name, columns in TABLES.items()
    if "text" in columns
}


class Words:
    """Keeps the tables `said` and `coded` of a ward filled for every wording its record holds."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self._forget()

    def _forget(self) -> None:
        self.seen = 0
        for name in ("said", "coded"):
            self.ward.make(name, INPUTS[name])
        for table, columns in SAYS.items():
            typed = ", ".join(f"{c} varchar" for c in (*columns, *_value(table)))
            self.ward.db.execute(f"create or replace table told_{table} ({typed})")

    def fill(self) -> None:
        """Recognise what the record tables of the ward say and no earlier chunk said."""
        if self.seen > MOST_KEPT:
            self._forget()
        record = Record()
        bearer = record.add("observations", "one")  # of the further codes; says nothing itself
        for table, columns in SAYS.items():
            listed = ", ".join([*columns, *(f"{_worded(c)} as {c}" for c in _value(table))])
            names = ", ".join([*columns, *_value(table)])
            self.ward.db.execute(f"""create or replace temp table news as
                select distinct {listed} from {table} except select {names} from told_{table}""")
            self.ward.db.execute(f"insert into told_{table} from news")
            for says in self.ward.read(f"select {names} from news order by all"):
                own = {"of_row": bearer} if table == "codings" else {}
                record.add(table, "one", **says, **own)
                self.seen += 1
        said, coded, _ = recognise(seal(record), knowledge.load())
        for name, rows in (("said", said), ("coded", coded)):
            self.ward.db.execute(f"create or replace temp table newly as from {name} limit 0")
            self.ward.fill("newly", INPUTS[name], rows)
            self.ward.db.execute(f"insert into {name} from newly except from {name}")


def _value(table: str) -> list[str]:
    return ["value_text"] if "value_text" in TABLES[table] else []


def _worded(column: str) -> str:
    return f"case when value is null then {column} else '' end"
