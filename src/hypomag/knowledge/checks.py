"""What must hold across rows and tables: keys, references, sources, codes, and what needs a seen source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypomag.knowledge.values import KnowledgeError, code_of

if TYPE_CHECKING:
    from hypomag.knowledge.loader import Table

# Tables whose ids are concepts too: the id column, its name column, and the concept kind (or the column that says it).
CONCEPT_TABLES = {
    "analytes": ("analyte", "name", "analyte"),
    "causes": ("cause", "name", "condition"),
    "drugs": ("drug", "name", "drug"),
    "symptoms": ("symptom", "name", "@kind"),
}


def add_concepts(tables: dict[str, Table]) -> None:
    """Completes `concepts` with the ids of analytes, causes, drugs and symptoms, so that each is written once."""
    if "concepts" not in tables:
        return
    concepts = tables["concepts"]
    for name, (key, called, kind) in CONCEPT_TABLES.items():
        if name not in tables:
            continue
        table = tables[name]
        kinds = table.column(kind[1:]) if kind[0] == "@" else [kind] * len(table.rows)
        own = {"concept": table.column(key), "name": table.column(called), "kind": kinds}
        concepts.rows.extend(zip(*(own[c] for c in concepts.columns), strict=True))
        concepts.lines.extend(table.lines)


def all_of(tables: dict[str, Table], limits_rows: list[dict[str, Any]]) -> None:
    """Raises KnowledgeError at the first row that may not stand."""
    known = _standing_of_sources(tables)
    for table in tables.values():
        _keys(table)
        for column, kind in table.kinds.items():
            if kind == "sources":
                _sources(table, column, known)
            elif kind.startswith("ref:"):
                _reference(table, column, kind.removeprefix("ref:"), tables)
            elif kind.startswith("code:@"):
                _codes(table, column, kind.removeprefix("code:@"))
        _seen(table)
        _ordered(table)
    for limit in limits_rows:
        _limit(limit, known, tables)


def _where(table: Table, n: int) -> str:
    return f"{table.name}.csv line {table.lines[n]}"


def _keys(table: Table) -> None:
    keys = list(zip(*(table.column(c) for c in table.key), strict=True))
    if len(set(keys)) == len(keys):
        return
    first: dict[tuple[Any, ...], int] = {}
    for n, key in enumerate(keys):
        if key in first:
            words, line = ", ".join(str(part) for part in key), table.lines[first[key]]
            raise KnowledgeError(f"{_where(table, n)} repeats the key ({words}) of line {line}")
        first[key] = n


def _standing_of_sources(tables: dict[str, Table]) -> dict[str, str]:
    if "sources" not in tables:
        return {}
    sources = tables["sources"]
    return dict(zip(sources.column("source"), sources.column("standing"), strict=True))


def _sources(table: Table, column: str, known: dict[str, str]) -> None:
    """Every key is in the bibliography, and what is called seen names at least one source that was seen."""
    standings = table.column("standing") if "standing" in table.columns else [None] * len(table.rows)
    pairs = list(zip(table.column(column), standings, strict=True))
    for pair in dict.fromkeys(pairs):
        fault = _fault(*pair, known)
        if fault:
            raise KnowledgeError(f"{_where(table, pairs.index(pair))}: {fault}")


def _fault(text: str | None, standing: str | None, known: dict[str, str]) -> str | None:
    keys = text.split(";") if text is not None else []
    for key in keys:
        if key not in known:
            return f"source {key!r} is not in sources.csv"
    if keys and standing == "seen" and not any(known[key] == "seen" for key in keys):
        return f"standing is seen, but none of its sources ({text}) was seen"
    return None


def _reference(table: Table, column: str, target: str, tables: dict[str, Table]) -> None:
    other, other_column = target.split(".")
    if other not in tables:
        raise KnowledgeError(f"schema.toml: {table.name}.{column} points to {other}, which is no table")
    known = set(tables[other].column(other_column))
    for n, value in enumerate(table.column(column)):
        if value is not None and value not in known:
            raise KnowledgeError(f"{_where(table, n)}: {column} {value!r} is not in {other}.{other_column}")


def _codes(table: Table, column: str, system_column: str) -> None:
    for n, (system, code) in enumerate(zip(table.column(system_column), table.column(column), strict=True)):
        if code is None:
            continue
        try:
            code_of(system, code)
        except ValueError as error:
            raise KnowledgeError(f"{_where(table, n)}: {column} {code!r} {error}") from None


def _seen(table: Table) -> None:
    """A dose or a code stands only on a source that was seen saying it."""
    standings = table.column("standing") if table.needs_seen else []
    for column in table.needs_seen:
        for n, (value, standing) in enumerate(zip(table.column(column), standings, strict=True)):
            if value is not None and standing != "seen":
                raise KnowledgeError(
                    f"{_where(table, n)}: {column} has a value but its standing is {standing}: "
                    "a dose or a code needs a source that was seen"
                )


def _ordered(table: Table) -> None:
    """A low end is not above its high end, and a band [from, below) is not empty."""
    columns = list(table.columns)
    for low in columns:
        if low.endswith("_low"):
            high, strict = low.removesuffix("low") + "high", False
        elif low.startswith("from_"):
            high, strict = "below_" + low.removeprefix("from_"), True
        else:
            continue
        if high not in columns or "text" in (table.columns[low], table.columns[high]):
            continue
        for n, row in enumerate(table.rows):
            first, last = row[columns.index(low)], row[columns.index(high)]
            if first is not None and last is not None and (first > last or (strict and first == last)):
                raise KnowledgeError(f"{_where(table, n)}: {low} is above {high}")


def _limit(limit: dict[str, Any], known: dict[str, str], tables: dict[str, Table]) -> None:
    where = f"limits.toml [{limit['name']}]"
    fault = _fault(limit["source"], limit["standing"], known)
    if fault:
        raise KnowledgeError(f"{where}: {fault}")
    if limit["standing"] not in ("seen", "judgement", "recall"):
        raise KnowledgeError(f"{where}: standing {limit['standing']!r} is none of seen, judgement, recall")
    if limit["analyte"] is None or "units" not in tables:
        return
    units = tables["units"]
    pairs = set(zip(units.column("analyte"), units.column("unit"), strict=True))
    if (limit["analyte"], limit["unit"]) not in pairs:
        raise KnowledgeError(f"{where}: {limit['unit']} is not a unit of {limit['analyte']} in units.csv")
