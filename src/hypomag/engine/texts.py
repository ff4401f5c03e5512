"""The rules as texts: what each makes, what it reads, and the order that follows.

A rule is one file `rules/<family>/<relation>.sql` holding one SELECT; the file name is the relation it makes, what it
reads stands after FROM and JOIN, and the comment above the SELECT says in words what it decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from importlib.resources.abc import Traversable

from hypomag import knowledge
from hypomag.record import TABLES

INPUTS = {
    "asked": {"patient": "bigint", "as_of": "bigint"},
    "choice": {"profile": "text", "scheme": "text"},
    "said": {
        "kind": "text",
        "text": "text",
        "concept": "text",
        "concept_kind": "text",
        "negated": "bigint",
        "past": "bigint",
        "family": "bigint",
        "value": "double",
        "comparator": "text",
        "says_specimen": "bigint",
    },
    "coded": {"system": "text", "code": "text", "concept": "text", "concept_kind": "text"},
    "protocol_bands": {
        **dict.fromkeys(
            ("treatment", "way", "figure", "severity", "salt", "name", "action", "source", "standing"), "text"
        ),
        **dict.fromkeys(
            (
                *("band", "from_mg_dl", "below_mg_dl", "from_mmol_l", "below_mmol_l", "at_most_mmol_l", "or_symptoms"),
                *(
                    "cardiac_only",
                    "weight_from_kg",
                    "weight_below_kg",
                    "grams_low",
                    "grams",
                    "mmol_day_low",
                    "mmol_day",
                ),
                *("volume_ml", "hours", "rate_g_per_h", "doses", "interval_hours", "course_max_g", "renal_egfr_below"),
                *("renal_factor", "exclude_egfr_below", "exclude_creatinine_above_mg_dl", "exclude_weight_below_kg"),
            ),
            "bigint",
        ),
    },
    "protocol_excludes": {"protocol": "text", "concept": "text"},
}

_COMMENT = re.compile(r"--[^\n]*")
QUOTED = re.compile(r"'[^']*'")
_READ = re.compile(r"\b(?:from|join)\s+([a-z_][a-z0-9_]*)")
_CTE = re.compile(r"(?:\bwith|,)\s*([a-z_][a-z0-9_]*)\s+as\s*\(")


class RuleError(Exception):
    """The rules do not fit together. The message names the files."""


@dataclass(frozen=True)
class Rule:
    """One relation: its text without the comment, what the comment says, and where it names the relations it reads."""

    name: str
    family: str
    about: str
    sql: str
    names: tuple[str, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The relations it reads, each once."""
        return tuple(dict.fromkeys(self.names))

    @property
    def words(self) -> list[str]:
        """The texts it writes or compares with."""
        return [quoted[1:-1] for quoted in QUOTED.findall(self.sql)]

    @classmethod
    def parse(cls, name: str, family: str, text: str) -> Rule:
        about = " ".join(line[2:].strip() for line in text.splitlines() if line.startswith("--"))
        sql = _COMMENT.sub("", text).strip()
        bare = QUOTED.sub("''", sql).lower()
        within = set(_CTE.findall(bare))
        return cls(name, family, about, sql, tuple(n for n in _READ.findall(bare) if n not in within))


def _files(folder: Traversable) -> list[tuple[str, Traversable]]:
    found = [
        (family.name, file)
        for family in folder.iterdir()
        if family.is_dir()
        for file in family.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found, key=lambda pair: (pair[0], pair[1].name))


def in_order(rules: list[Rule], given: set[str]) -> tuple[Rule, ...]:
    """The rules so that each comes after what it reads. Refuses a second maker, an unknown name, a cycle."""
    made: dict[str, Rule] = {}
    for rule in rules:
        if rule.name in made:
            raise RuleError(
                f"{rule.name}.sql stands in {made[rule.name].family} and in {rule.family}: one relation, one file"
            )
        if rule.name in given:
            raise RuleError(f"{rule.family}/{rule.name}.sql has the name of a table it would hide: rename it")
        made[rule.name] = rule
    for rule in rules:
        for name in rule.reads:
            if name not in made and name not in given:
                raise RuleError(f"{rule.family}/{rule.name}.sql reads {name}, which no rule or table makes")
    graph = {rule.name: sorted(n for n in rule.reads if n in made) for rule in rules}
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        raise RuleError("these rules read each other in a circle: " + " -> ".join(error.args[1])) from None
    order: list[Rule] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += [made[name] for name in ready]
        sorter.done(*ready)
    return tuple(order)


def given_tables() -> dict[str, dict[str, str]]:
    """Every table a rule may read that no rule makes: record, inputs, knowledge, with column types."""
    known = {name: dict(table.columns) for name, table in knowledge.load().tables.items()}
    return TABLES | INPUTS | known


@cache
def rules() -> tuple[Rule, ...]:
    """All rules of the package, in an order in which they can run."""
    texts = [
        Rule.parse(file.name.removesuffix(".sql"), family, file.read_text("utf-8"))
        for family, file in _files(files("hypomag") / "rules")
    ]
    return in_order(texts, set(given_tables()))


def needed(wanted: Iterable[str], given: Container[str] = ()) -> tuple[Rule, ...]:
    """The rules that make the wanted relations and all that these read, in an order in which they can run; what is given
    is made already."""
    order = rules()
    by_name = {rule.name: rule for rule in order if rule.name not in given}
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found:
            found.add(name)
            waiting += by_name[name].reads
    return tuple(rule for rule in order if rule.name in found)


def read_once(order: Iterable[Rule], wanted: Iterable[str] = ()) -> set[str]:
    """The relations named in one place alone and made without looking at the record: an engine need not store them.

    Those that tell of no patient are left out: they are small, and stored they are planned once, not with each reader.
    wanted: what the caller reads, once.
    """
    order = tuple(order)
    often = Counter([*wanted, *(name for rule in order for name in rule.names)])
    alone = {rule.name for rule in order if often[rule.name] == 1 and "patient" in rule.sql}
    return {rule.name for rule in order if rule.name in alone and not TABLES.keys() & set(rule.reads)}
