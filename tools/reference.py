"""The generated reference: command line, answer, knowledge, rules with their lineage. Made when the site is built."""

from __future__ import annotations

import csv
import inspect
import json
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import typer

from hypomag import knowledge
from hypomag.__main__ import app
from hypomag.engine.texts import rules
from hypomag.record import OWN
from tools import lineage

HIDDEN = {"reviewed"}  # said once above each table
HOME = files("hypomag") / "knowledge"
QUIET = "---\nsearch:\n  boost: 0.3\n---\n"  # so that long tables do not bury the pages that explain


def pages() -> dict[str, str]:
    """Markdown and pictures by their path in the site."""
    made = {
        "reference/command-line.md": command_line(),
        "reference/answer.md": answer(),
        "reference/record.md": record(),
        "reference/rules/README.md": rule_families(),
        "reference/knowledge/README.md": knowledge_families(),
        "reference/knowledge/limits.md": limits(),
        "reference/knowledge/sources.md": sources(),
    }
    made |= {f"reference/rules/{family}.md": rule_family(family) for family in families()}
    made |= {f"reference/rules/{family}.svg": lineage.of_family(family, f"{family}.html") for family in families()}
    made |= {f"reference/knowledge/{family}.md": knowledge_family(family) for family in homes()}
    return made


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    head = tuple(head)
    body = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *body])


def _cell(value: Any) -> str:
    if value is None or value == "":
        return ""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return (
        escape(text, quote=False).replace("|", "&#124;").replace("\n", " ").replace("*", "&#42;").replace("_", "&#95;")
    )


def command_line() -> str:
    """Every command from the program itself."""
    lines = ["# Command line", "", "Exit codes: 0 answer, 2 usage, 3 cannot tell, 4 urgent, 5 refused input.", ""]
    for command in app.registered_commands:
        function = command.callback
        assert function is not None
        lines += [f"## hypomag {command.name}", "", inspect.cleandoc(function.__doc__ or ""), ""]
        kinds = get_type_hints(function, include_extras=True)
        rows = [
            _option(name, kinds[name], each.default) for name, each in inspect.signature(function).parameters.items()
        ]
        lines += ["| | | takes | default |", "| --- | --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def _option(name: str, annotated: Any, default: Any) -> str:
    """One row: how it is written, what it does, what it takes, what holds without it."""
    kind, info, *_ = get_args(annotated)
    own = [word for word in (info.default, *(info.param_decls or ())) if isinstance(word, str) and word.startswith("-")]
    written = ", ".join(own) or "--" + name.replace("_", "-")
    if isinstance(info, typer.models.ArgumentInfo):
        written = info.metavar or name.upper()
    shown = "" if default in (None, False, inspect.Parameter.empty) else getattr(default, "value", default)
    return f"| `{written}` | {_cell(info.help)} | {_cell(_kind(kind))} | {_cell(shown)} |"


def _kind(kind: Any) -> str:
    """What an option takes, in words."""
    one = next((each for each in (*get_args(kind), kind) if each is not type(None)), kind)
    if isinstance(one, type) and issubclass(one, Enum):
        return ", ".join(str(each.value) for each in one)
    words = {bool: "", str: "text", int: "whole number", float: "number", Path: "path"}
    return words.get(one, "") + (" (often)" if get_origin(kind) is list else "")


def answer() -> str:
    """The answer from its JSON schema: every key with its type and meaning."""
    schema = json.loads((files("hypomag") / "answer" / "answer.schema.json").read_text("utf-8"))
    lines = ["# The answer", "", schema["description"], "", "`hypomag assess SRC --json` writes it; the schema is "
             "`src/hypomag/answer/answer.schema.json`.", ""]  # fmt: skip
    for name, part in {"answer": schema, **schema.get("$defs", {})}.items():
        lines += [f"## {name}", "", part.get("description", ""), ""] if part.get("description") else [f"## {name}", ""]
        rows = [f"| {_cell(key)} | {_type(each)} | {_cell(each.get('description', ''))} |" for key, each in _keys(part)]
        lines += ["| key | is | meaning |", "| --- | --- | --- |", *rows, ""] if rows else [_type(part), ""]
    return "\n".join(lines)


def _keys(part: dict[str, Any], under: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for key, each in part.get("properties", {}).items():
        yield f"{under}{key}", each
        inner = each.get("items", each)
        if "properties" in inner:
            yield from _keys(inner, f"{under}{key}{'[]' if 'items' in each else ''}.")


def _type(each: dict[str, Any]) -> str:
    if "$ref" in each:
        name = each["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if "enum" in each:
        return ", ".join(f"`{one}`" for one in each["enum"])
    for way in ("anyOf", "oneOf"):
        if way in each:
            return " or ".join(_type(one) for one in each[way])
    kind = each.get("type", "anything")
    kinds = kind if isinstance(kind, list) else [kind]
    text = " or ".join(kinds)
    return f"list of {_type(each['items'])}" if kind == "array" and "items" in each else text


def record() -> str:
    """The record's tables and columns."""
    lines = ["# The record", "", "What every reader fills and the only thing, beside knowledge, that rules read. Times are "
             "whole seconds since 1970 in UTC. Every table also has patient, row, source_ref, file, line, status, start, "
             "start_precision, until and known_at.", ""]  # fmt: skip
    lines.append(table(("table", "columns"), ((name, ", ".join(columns)) for name, columns in OWN.items())))
    return "\n".join(lines) + "\n"


def families() -> list[str]:
    return sorted({rule.family for rule in rules()})


def rule_families() -> str:
    rows = [f"| [{family}]({family}.md) | {sum(rule.family == family for rule in rules())} |" for family in families()]
    return "\n".join([
        "# Rules", "", f"{len(rules())} relations, each one SELECT in one file; the file's name is the relation it makes. "
        "What it reads stands after FROM and JOIN, and the pictures are drawn from that.", "",
        f'<div class="lineage">{lineage.of_all()}</div>', "", "| family | relations |", "| --- | --- |", *rows, "",
    ])  # fmt: skip


def rule_family(family: str) -> str:
    own = [rule for rule in rules() if rule.family == family]
    home = {rule.name: rule.family for rule in rules()}
    lines = [f"# Rules of {family}", "", f'<div class="lineage">{lineage.of_family(family)}</div>', ""]
    lines += [f"Dashed: made by another family. Tables are not drawn. [The picture alone]({family}.svg).", ""]
    for rule in own:
        reads = [
            f"[{name}]({'' if home[name] == family else home[name] + '.md'}#{name})" if name in home else f"`{name}`"
            for name in rule.reads
        ]
        lines += [f"## {rule.name} {{#{rule.name}}}", "", _cell(rule.about), "", f"Reads {', '.join(reads)}.", ""]
        lines += ['??? note "SQL"', "", "    ```sql", *(f"    {line}" for line in rule.sql.splitlines()), "    ```", ""]
    return "\n".join(lines)


def homes() -> dict[str, list[str]]:
    """Knowledge tables by the folder they stand in; those in none belong to no family and have pages of their own."""
    known = knowledge.load().tables
    found = {
        folder.name: sorted(
            file.name.removesuffix(".csv") for file in folder.iterdir() if file.name.removesuffix(".csv") in known
        )
        for folder in HOME.iterdir()
        if folder.is_dir()
    }
    return {folder: own for folder, own in sorted(found.items()) if own}


def written(file: Any) -> list[list[str]]:
    """A table as it stands in its file, in the units people write; the loader's whole numbers are for rules."""
    lines = [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return list(csv.reader(lines))


def knowledge_families() -> str:
    known = knowledge.load()
    rows = [
        f"| [{family}]({family}.md) | {_cell(', '.join(own))} | {sum(len(known.tables[name].rows) for name in own)} |"
        for family, own in homes().items()
    ]
    return "\n".join([
        "# Knowledge", "", f"Every number, code, word and sentence that decides, version {known.version}. Each row has its "
        "source ([sources](sources.md)) and its standing: *seen* (somebody read it there), *judgement* (our synthesis; may "
        "alert), *recall* (no source seen; may only add caution). Single numbers are [limits](limits.md).", "",
        "| family | tables | rows |", "| --- | --- | --- |", *rows, "",
    ])  # fmt: skip


def knowledge_family(family: str) -> str:
    lines = [QUIET + f"# Knowledge of {family}", ""]
    for name in homes()[family]:
        head, *rows = written(HOME / family / f"{name}.csv")
        shown = [n for n, column in enumerate(head) if column not in HIDDEN]
        lines += [f"## {name} {{#{name}}}", "", _cell(knowledge.load().tables[name].meaning), ""]
        lines += [table([_cell(head[n]) for n in shown], ([row[n] for n in shown] for row in rows)), ""]
    return "\n".join(lines)


def limits() -> str:
    rows = knowledge.load().limits_rows
    head = [column for column in rows[0] if column not in HIDDEN]
    return (
        QUIET
        + "# Limits\n\n"
        + table([_cell(h) for h in head], ([row[column] for column in head] for row in rows))
        + "\n"
    )


def sources() -> str:
    rows = list(knowledge.load().sources.values())
    head = list(rows[0])
    made = table(head, ([row[column] for column in head] for row in rows))
    made = re.sub(r"(?<=\| )(https?://[^ |]+)", r"<\1>", made)
    return QUIET + f"# Sources\n\n{len(rows)} sources.\n\n{made}\n"
