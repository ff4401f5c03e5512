"""Mutation of the rules: each change of a rule, and of each limit, must be caught by the text tables.

    python -m tools.mutate_rules level danger treat companions      # every mutant of these families, written to a table
    python -m tools.mutate_rules level_flag                         # of one rule: what survives is printed

A mutant of a rule is one change of its syntax tree: a comparison, and/or, a join's kind, a predicate dropped, a branch
of a union or an arm of a CASE dropped, null or not null, least or greatest, plus or minus, the order of a window. It is
killed when a text table of the rule (tests/rules) gives other rows or an error, on SQLite or DuckDB; what survives that is run
for a crowd of made-up people (tests/people, tests/treat/crowd), and is killed when it changes what a second formulation
holds: level, grades, urgency, guards, scenarios, options. Written to docs/trust/results/. A survivor that changes no answer
for any data the rule can see is explained, one by one, in tests/rules/<family>/equivalent.tsv and counted apart.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp
from tests import people, spine, tables
from tests.treat import crowd as treat_crowd
from tests.treat import people as treat_people

from hypomag.engine.sqlite import Bedside
from hypomag.engine.texts import INPUTS, Rule, needed, rules
from hypomag.record import TABLES, seal

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "trust" / "results"
SWAPS: dict[type[exp.Expression], tuple[type[exp.Expression], ...]] = {
    exp.LT: (exp.LTE, exp.GT), exp.LTE: (exp.LT, exp.GTE), exp.GT: (exp.GTE, exp.LT), exp.GTE: (exp.GT, exp.LTE),
    exp.EQ: (exp.NEQ,), exp.NEQ: (exp.EQ,), exp.And: (exp.Or,), exp.Or: (exp.And,),
    exp.Add: (exp.Sub,), exp.Sub: (exp.Add,), exp.Min: (exp.Max,), exp.Max: (exp.Min,),
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    rule: str
    kind: str
    place: str
    sql: str


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every single change of the rule's syntax tree."""
    base = sqlglot.parse_one(rule.sql, read="sqlite")
    for n, at in enumerate(base.walk()):
        for change in range(len(_ways(at))):
            tree = base.copy()
            node = next(islice(tree.walk(), n, None))
            place = _short(node, 110)
            kind, do = _ways(node)[change]
            do()
            yield Mutant(rule.name, kind, place, tree.sql("sqlite"))


def _short(node: exp.Expression, size: int) -> str:
    return " ".join(node.sql("sqlite").split())[:size].strip()


def _ways(node: exp.Expression) -> list[tuple[str, Any]]:
    """What can be done to this node: a name, and how."""
    return [*_swaps(node), *_drops(node), *_others(node)]


def _swaps(node: exp.Expression) -> list[tuple[str, Any]]:
    others = SWAPS.get(type(node), ())
    return [
        (f"{type(node).key} to {other.key}", lambda other=other: node.replace(other(**node.args))) for other in others
    ]


def _drops(node: exp.Expression) -> list[tuple[str, Any]]:
    if isinstance(node, exp.And):
        return [
            (f"dropped: {_short(node.right, 60)}", lambda: node.replace(node.left)),
            (f"dropped: {_short(node.left, 60)}", lambda: node.replace(node.right)),
        ]
    if isinstance(node, exp.Union):
        return [
            (f"dropped: {_short(node.right, 60)}", lambda: node.replace(node.left)),
            (f"dropped: {_short(node.left, 60)}", lambda: node.replace(node.right)),
        ]
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
        ifs = node.parent.args["ifs"]
        if len(ifs) > 1:
            return [("arm dropped", lambda: ifs.remove(node))]
        return [("arm to null", lambda: node.set("true", exp.Null()))]
    if isinstance(node, exp.Where):
        return [("where dropped", lambda: node.pop())]
    return []


def _others(node: exp.Expression) -> list[tuple[str, Any]]:
    if isinstance(node, exp.Is) and not isinstance(node.parent, exp.Not):
        return [("null to not null", lambda: node.replace(exp.Not(this=node.copy())))]
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        return [("not null to null", lambda: node.replace(node.this))]
    if isinstance(node, exp.Ordered):
        return [("order turned", lambda: node.set("desc", not node.args.get("desc")))]
    if isinstance(node, exp.Join) and node.args.get("on") is not None:
        if node.side == "LEFT":
            return [("left join to join", lambda: node.set("side", None))]
        return [("join to left join", lambda: node.set("side", "LEFT"))]
    return []


@cache
def texts() -> dict[str, list[tables.Case]]:
    """The text tables by the relation they expect."""
    found: dict[str, list[tables.Case]] = {}
    for file in sorted((ROOT / "tests" / "rules").glob("*/*.txt")):
        for case in tables.cases(file):
            for name in case.expect:
                found.setdefault(name, []).append(case)
    return found


def rows(engine: str, case: tables.Case, name: str, sql: str) -> list[tuple[Any, ...]]:
    columns, _ = case.expect[name]
    made = tables.ENGINES[engine]().execute(f"select {', '.join(columns)} from ({sql}) as made")
    return sorted(made.fetchall(), key=repr)


def is_killed(mutant_sql: str, name: str, engine: str) -> bool:
    """Whether a text table of the rule gives other rows, or an error, with this text."""
    db = tables.ENGINES[engine]()
    for case in texts().get(name, ()):
        db.execute("begin")
        try:
            for given, table in case.given.items():
                tables.insert(db, given, table)
            if rows(engine, case, name, mutant_sql) != tables.expected(case)[name]:
                return True
        except Exception:
            return True
        finally:
            db.execute("rollback")
    return False


HELD = {  # what the second formulations of tests/oracle and tests/treat hold, in the columns they compare
    "level": "patient, status, is_low", "level_possible": "patient, status", "grade_possible": "patient, scheme, grade",
    "urgency": "patient, tier", "urgency_possible": "patient, tier", "guard": "patient, guard, acts_as",
    "scenario": "patient, scenario", "option": "patient, plan, grams_high, mouth_low, mouth_high, doses",
}  # fmt: skip


class Crowd:
    """Made-up people with every relation made once; a mutant remakes only what follows from its rule."""

    def __init__(self, how_many: int) -> None:
        self.bedsides = []
        sides = [
            spine.inputs(seal(people.record_of(people.crowd(1, how_many))), people.NOW),
            treat_people.inputs(seal(treat_people.record(treat_crowd.crowd(15, how_many)))),
        ]
        for tables_ in sides:
            bedside = Bedside().db
            for name, given in tables_.items():
                columns = list((TABLES | INPUTS)[name])
                kept = [columns.index(c[0]) for c in bedside.execute(f"select * from {name} limit 0").description]
                marks = ", ".join("?" * len(kept))
                bedside.executemany(f"insert into {name} values ({marks})", ([row[n] for n in kept] for row in given))
            for rule in needed(HELD):
                bedside.execute(f"insert into {rule.name} {rule.sql}")
            self.bedsides.append((bedside, self._held(bedside)))

    @staticmethod
    def _held(bedside: Any) -> list[Any]:
        return [sorted(bedside.execute(f"select {c} from {name}").fetchall(), key=repr) for name, c in HELD.items()]

    def sees(self, mutant: Mutant) -> bool:
        after = [mutant.rule]
        for rule in needed(HELD):
            if set(rule.reads) & set(after):
                after.append(rule.name)
        texts_ = {rule.name: rule.sql for rule in rules()} | {mutant.rule: mutant.sql}
        return any(self._differs(bedside, held, after, texts_) for bedside, held in self.bedsides)

    def _differs(self, bedside: Any, held: list[Any], after: list[str], texts_: dict[str, str]) -> bool:
        bedside.execute("begin")
        try:
            for name in after:
                bedside.execute(f"delete from {name}")
                bedside.execute(f"insert into {name} {texts_[name]}")
            return self._held(bedside) != held
        except Exception:
            return True
        finally:
            bedside.execute("rollback")


def run(chosen: list[Rule], people_count: int) -> list[tuple[Mutant, str]]:
    """Each mutant with what killed it: `table`, `crowd`, or nothing."""
    crowd, found = Crowd(people_count), []
    for rule in chosen:
        plain = sqlglot.parse_one(rule.sql, read="sqlite").sql("sqlite")
        fit = [e for e in tables.ENGINES if rule.name in texts() and not is_killed(plain, rule.name, e)]
        for mutant in mutants(rule):
            if mutant.sql != plain:
                by_table = any(is_killed(mutant.sql, rule.name, engine) for engine in fit)
                found.append((mutant, "table" if by_table else "crowd" if crowd.sees(mutant) else ""))
        print(rule.name, len(found), flush=True)
    return found


def reasons(family: str) -> Counter[tuple[str, ...]]:
    """What tests/rules/<family>/equivalent.tsv explains: how many of (rule, kind, place, why) change no answer."""
    file = ROOT / "tests" / "rules" / family / "equivalent.tsv"
    lines = file.read_text("utf-8").splitlines()[1:] if file.is_file() else []
    return Counter({(r, k, p, why): int(n) for r, k, p, n, why in (line.split("\t") for line in lines)})


def alive(family: str, found: list[tuple[Mutant, str]]) -> list[tuple[str, ...]]:
    """Rule, kind, place and why of each survivor; an empty why is not explained."""
    left, rows_ = reasons(family), []
    for mutant, by in found:
        if not by:
            key = (mutant.rule, mutant.kind, mutant.place)
            reason = next((r for r, n in left.items() if r[:3] == key and n), (*key, ""))
            left[reason] -= 1
            rows_.append(reason)
    for reason, n in left.items():
        if n > 0 and reason[0] in {m.rule for m, _ in found}:
            print("explained, but not alive:", *reason[:3])
    return rows_


def write(family: str, found: list[tuple[Mutant, str]]) -> None:
    survivors = alive(family, found)
    lines = ["rule\tmutants\tkilled by its text table\tkilled by the second formulation\tequivalent\talive"]
    for name in sorted({m.rule for m, _ in found}):
        by = [b for m, b in found if m.rule == name]
        equivalent = sum(r[0] == name and r[3] != "" for r in survivors)
        numbers = len(by), by.count("table"), by.count("crowd"), equivalent, by.count("") - equivalent
        lines.append("\t".join((name, *map(str, numbers))))
    (RESULTS / f"mutants-{family}.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    lines = ["rule\tkind\tplace\twhy", *("\t".join(r) for r in survivors)]
    (RESULTS / f"alive-{family}.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def main(arguments: list[str]) -> None:
    chosen = [r for r in rules() if r.family in arguments or r.name in arguments]
    found = run(chosen, 40)
    RESULTS.mkdir(parents=True, exist_ok=True)
    for family in sorted({r.family for r in chosen}):
        of_family = [(m, by) for m, by in found if m.rule in {r.name for r in chosen if r.family == family}]
        if family in arguments:
            write(family, of_family)
        for row in alive(family, of_family):
            if not row[3]:
                print(*row[:3], sep="\t")
    print(f"{len(found)} mutants, {sum(not by for _, by in found)} alive")


if __name__ == "__main__":
    main(sys.argv[1:])
