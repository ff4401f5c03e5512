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
    """Completes `concepts` with the ids of analytes, causes, drugs and symptoms: one namespace, each id written once."""
    if "concepts" not in tables:
        return
    concepts = tables["concepts"]
    for name, (key, called, kind) in CONCEPT_TABLES.items():
        for line, row in zip(tables[name].lines, tables[name].dicts(), strict=True) if name in tables else ():
            own = {"concept": row[key], "name": row[called], "kind": row[kind[1:]] if kind[0] == "@" else kind}
            concepts.rows.append(tuple(own.get(c) for c in concepts.columns))
            concepts.lines.append(line)


def all_of(tables: dict[str, Table], limits_rows: list[dict[str, Any]]) -> None:
    """Raises KnowledgeError at the first row that may not stand."""
    known = set(tables["sources"].column("source")) if "sources" in tables else set()
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
    for limit in limits_rows:
        for key in limit["source"].split(";"):
            if key not in known:
                raise KnowledgeError(f"limits.toml [{limit['name']}]: source {key!r} is not in sources.csv")


def _where(table: Table, n: int) -> str:
    return f"{table.name}.csv line {table.lines[n]}"


def _keys(table: Table) -> None:
    places = [list(table.columns).index(c) for c in table.key]
    first: dict[tuple[Any, ...], int] = {}
    for n, row in enumerate(table.rows):
        key = tuple(row[p] for p in places)
        if key in first:
            words = ", ".join(str(part) for part in key)
            raise KnowledgeError(f"{_where(table, n)} repeats the key ({words}) of line {table.lines[first[key]]}")
        first[key] = n


def _sources(table: Table, column: str, known: set[str]) -> None:
    fine: set[str] = set()
    for n, text in enumerate(table.column(column)):
        if text is None or text in fine:
            continue
        for key in text.split(";"):
            if key not in known:
                raise KnowledgeError(f"{_where(table, n)}: source {key!r} is not in sources.csv")
        fine.add(text)


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
    if not table.needs_seen:
        return
    for n, row in enumerate(table.dicts()):
        held = [c for c in table.needs_seen if row[c] is not None]
        if held and row["standing"] != "seen":
            raise KnowledgeError(
                f"{_where(table, n)}: {held[0]} has a value but its standing is {row['standing']}: "
                "a dose or a code needs a source that was seen"
            )
