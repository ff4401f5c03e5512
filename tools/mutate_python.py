"""Mutation of the Python that guards safety: each change of the last look and of the readers must fail a test.

    python -m tools.mutate_python                # every target; writes docs/trust/results/python-mutants.tsv
    python -m tools.mutate_python check          # one target; prints what survives

A mutant is one change of a module's syntax tree: a comparison, and/or, plus or minus or times or by, a number one up or
one down, a truth turned, a return, yield, continue or break dropped, a condition turned round. It is put into the running
program in a forked child, where the target's tests run until the first fails. What is written in strings (sentences,
patterns) and in annotations is not changed. A change that nobody could see is a sign that the line can be plainer: it is
written otherwise rather than explained.
"""

from __future__ import annotations
import __future__

import ast
import copy
import importlib
import os
import resource
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

ROOT = Path(__file__).parents[1]
FOUND = ROOT / "docs" / "trust" / "results" / "python-mutants.tsv"
ALIVE = ROOT / "docs" / "trust" / "results" / "python-mutants-alive.tsv"
CPU_SECONDS = 30  # of one mutant: what runs longer has been made to loop
# What is changed, and the tests that must see it; the crowd is too slow to be asked of every mutant.
TARGETS: dict[str, tuple[str, list[str]]] = {
    "check": ("src/hypomag/check/*.py", ["tests/check", "-k", "not no_rendered_plan"]),
    "numbers": ("src/hypomag/recognise/numbers.py", ["tests/recognise", "tests/units"]),
    "times": ("src/hypomag/read/times.py", ["tests/read/test_times.py"]),
    "written": ("src/hypomag/read/written.py", ["tests/read/test_written.py"]),
}

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
}  # fmt: skip
Way = tuple[str, Callable[[], None]]


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, what it is, and the whole changed statement at the top of the module."""

    file: str
    within: str
    kind: str
    line: str  # the line as it is written
    statement: ast.stmt

    @property
    def row(self) -> tuple[str, str, str, str]:
        return self.file, self.within, self.kind, self.line


def mutants(file: str) -> Iterator[Mutant]:
    """Every single change of a module's syntax tree, in the order of its text."""
    text = (ROOT / file).read_text("utf-8")
    lines = text.splitlines()
    for top in ast.parse(text).body:
        if not isinstance(top, ast.FunctionDef | ast.ClassDef | ast.Assign):
            continue
        for n, node in enumerate(_walk(top)):
            for change in range(len(_ways(node))):
                tree = copy.deepcopy(top)
                kind, do = _ways(list(_walk(tree))[n])[change]
                do()
                yield Mutant(file, _names(top)[0], kind, lines[node.lineno - 1].strip(), tree)


def _walk(node: ast.AST) -> Iterator[Any]:
    """The nodes that do something: no annotations."""
    yield node
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns", "decorator_list"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child)


def _names(top: ast.stmt) -> list[str]:
    if isinstance(top, ast.Assign):
        return [name.id for target in top.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    assert isinstance(top, ast.FunctionDef | ast.ClassDef)
    return [top.name]


def _ways(node: Any) -> list[Way]:
    """What can be done to this node: a name, and how."""
    match node:
        case ast.Compare():
            return [
                _way(node, f"comparison: {type(op).__name__} to {other.__name__}", "ops", _with(node.ops, n, other()))
                for n, op in enumerate(node.ops)
                for other in COMPARED[type(op)]
            ]
        case ast.BoolOp():
            return [_way(node, "and/or", "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())]
        case ast.BinOp() if type(node.op) in RECKONED:
            other = RECKONED[type(node.op)]
            return [_way(node, f"arithmetic: {type(node.op).__name__} to {other.__name__}", "op", other())]
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            return [_way(node, "not or minus dropped", "operand", ast.UnaryOp(node.op, node.operand))]
        case ast.Constant(value=bool()):
            return [_way(node, "truth turned", "value", not node.value)]
        case ast.Constant(value=int() | float()):
            return [_way(node, f"number: {node.value} {step:+d}", "value", node.value + step) for step in (1, -1)]
        case ast.Return(value=ast.AST()) if ast.unparse(node.value) != "None":
            return [_way(node, "return dropped", "value", ast.Constant(None))]
        case ast.Return(value=None) | ast.Continue() | ast.Break() | ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            return [(f"{ast.unparse(node).split()[0]} dropped", lambda: _empty(node))]
        case ast.If() | ast.IfExp() | ast.While():
            return [_way(node, "condition turned", "test", ast.UnaryOp(ast.Not(), node.test))]
        case ast.comprehension() if node.ifs:
            node.lineno = node.ifs[0].lineno
            turned = [_with(node.ifs, n, ast.UnaryOp(ast.Not(), test)) for n, test in enumerate(node.ifs)]
            return [_way(node, "condition turned", "ifs", tests) for tests in turned]
    return []


def _way(node: ast.AST, kind: str, field: str, value: Any) -> Way:
    return kind, lambda: setattr(node, field, value)


def _with(values: list[Any], n: int, other: Any) -> list[Any]:
    return [*values[:n], other, *values[n + 1 :]]


def _empty(node: Any) -> None:
    """The statement becomes `pass`; a function that yields stays one that yields."""
    node.__class__ = ast.If
    node.test, node.orelse = ast.Constant(False), []
    node.body = [ast.Expr(node.value)] if getattr(node, "value", None) else [ast.Pass()]


def put(mutant: Mutant) -> None:
    """The changed statement into the running program, wherever its names are already known.

    Raises what the statement itself raises (a pattern that is none, a sum of words).
    """
    name = mutant.file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = importlib.import_module(name)
    space = dict(vars(module))
    tree = ast.fix_missing_locations(ast.Module([mutant.statement], []))
    flags = __future__.annotations.compiler_flag
    exec(compile(tree, mutant.file, "exec", flags=flags, dont_inherit=True), space)
    ours = [other for name, other in sys.modules.items() if name.startswith("hypomag")]
    for name in _names(mutant.statement):
        old, new = getattr(module, name), space[name]
        if isinstance(mutant.statement, ast.FunctionDef):
            inner = getattr(old, "__wrapped__", old)
            inner.__code__ = getattr(new, "__wrapped__", new).__code__
            continue
        for other in ours:
            if vars(other).get(name) is old:
                setattr(other, name, new)
    for known in [
        known
        for other in ours
        if getattr(other, "__package__", None) == module.__package__
        for known in vars(other).values()
    ]:
        if hasattr(known, "cache_clear"):
            known.cache_clear()


class Asking:
    """A pytest plugin: the tests are collected once, and run for each mutant in a child of its own."""

    def __init__(self, files: list[str]) -> None:
        self.mutants = [mutant for file in files for mutant in mutants(file)]
        self.alive: list[Mutant] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        # twice: here, which fills what the program keeps, and as each mutant is asked
        if _fails(session.items) or _is_seen(None, session.items):
            raise pytest.UsageError("a test fails with nothing changed")
        self.alive = [mutant for mutant in self.mutants if not _is_seen(mutant, session.items)]
        return True


def _is_seen(mutant: Mutant | None, items: list[pytest.Item]) -> bool:
    child = os.fork()
    if not child:
        code = 3
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
            code = 0 if (mutant and _breaks(mutant)) or _fails(items) else 1
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 3:
        raise RuntimeError(f"could not be asked: {mutant and mutant.row}")
    return code != 1


def _breaks(mutant: Mutant) -> bool:
    try:
        put(mutant)
    except (TypeError, ValueError, KeyError, IndexError, ArithmeticError):
        return True
    return False


def _fails(items: list[pytest.Item]) -> bool:
    for n, item in enumerate(items):
        after = items[n + 1] if n + 1 < len(items) else None
        if any(report.failed for report in runtestprotocol(item, nextitem=after, log=False)):
            return True
    return False


def ask(target: str) -> tuple[list[Mutant], list[Mutant]]:
    """All mutants of a target, and those that no test sees."""
    pattern, tests = TARGETS[target]
    asking = Asking(sorted(str(file.relative_to(ROOT)) for file in ROOT.glob(pattern)))
    settings.register_profile("mutation", database=None, derandomize=True)
    settings.load_profile("mutation")
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:randomly", *tests], plugins=[asking])
    if code != pytest.ExitCode.OK:
        raise SystemExit(f"{target}: the tests could not be asked ({code})")
    return asking.mutants, asking.alive


def main(names: list[str]) -> None:
    counts, left = [], []
    for target in names or list(TARGETS):
        every, alive = ask(target)
        for kind in sorted({_family(mutant) for mutant in every}):
            of, lives = (sum(_family(mutant) == kind for mutant in some) for some in (every, alive))
            counts.append([target, kind, of, of - lives, lives])
        left += [list(mutant.row) for mutant in alive]
    if names:
        print("\n".join("\t".join(map(str, row)) for row in [*left, *counts]))
        return
    _write(FOUND, ["target", "kind", "mutants", "killed", "alive"], counts)
    _write(ALIVE, ["file", "within", "kind", "line"], left)


def _family(mutant: Mutant) -> str:
    return mutant.kind.split(":")[0]


def _write(place: Path, head: list[str], rows: list[list[Any]]) -> None:
    place.write_text("".join("\t".join(map(str, row)) + "\n" for row in [head, *rows]), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
