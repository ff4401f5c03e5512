"""Make the kernel, SBML, JavaScript and the equations page from body.ant and body.toml.

    python -m tools.generate_body            writes the four files
    python -m tools.generate_body --check    exits 1 when a committed file differs

Needs antimony, python-libsbml and sympy (development only).
"""

import sys
import tomllib
from pathlib import Path

import sympy

from tools.print_body import step_statements
from tools.read_body import Body, read

ROOT = Path(__file__).resolve().parent.parent
BODY = ROOT / "src/hypomag/body"
KNOWLEDGE = ROOT / "src/hypomag/knowledge/body/body.toml"
AT_REST = ("central", "response", "calcitriol", "calcium", "potassium", "cell_potassium")
HEAD = "Generated from body.ant by tools/generate_body.py. Do not edit: change the text and generate again."


def python(body: Body) -> str:
    lines, printer = step_statements(body, "sqrt")
    rows, n = list(printer.hoisted.items()), len(body.pools)
    loads = [f"{p} = z[{k}*LANES + lane]" for k, p in enumerate(body.pools)]
    loads += [f"{name} = z[{k + len(body.pools) + 1}*LANES + lane]" for k, (_, name) in enumerate(rows)]
    stores = [f"z[{k}*LANES + lane] = new_{p}" for k, p in enumerate(body.pools)]
    offs = [line.split(" = ")[0] for line in lines if line.startswith("off_")]
    hoists = [f"    {name} = {plain(e)}" if str(e) != name else "" for e, name in rows]
    used = sorted({str(s) for e, _ in rows for s in e.free_symbols})
    return "\n".join(
        [
            f'"""{HEAD}"""',
            "# ruff: noqa",
            "# fmt: off",
            "",
            "import numpy as np",
            "from numpy import sqrt",
            "",
            "from hypomag.body.lanes import FAST, LANES, compiled, compiled_parallel",
            "",
            "if FAST:",
            "    from numba import prange",
            "",
            f"POOLS = {tuple(body.pools)!r}",
            f"RULES = {tuple(body.rules)!r}",
            f"PARAMETERS = {tuple(sorted(body.parameters))!r}",
            f"CONSTANTS = {tuple(name for _, name in rows)!r}",
            "WORST = len(POOLS)",
            'INFUSION = WORST + 1 + CONSTANTS.index("infusion_in")',
            "",
            "",
            "def constants(p: dict[str, np.ndarray]) -> list[np.ndarray]:",
            '    """What a step needs of each person, worked out once: rows in the order of CONSTANTS."""',
            *[f'    {name} = p["{name}"]' for name in used],
            *[h for h in hoists if h],
            f"    return [{', '.join(name for _, name in rows)}]",
            "",
            "",
            "def observe(y: dict[str, np.ndarray], p: dict[str, np.ndarray]) -> dict[str, np.ndarray]:",
            '    """Concentrations, hormones and flows (mmol/h) of pools y and parameters p, by name."""',
            *[f'    {name} = y["{name}"]' for name in body.pools if name in observed(body)],
            *[f'    {name} = p["{name}"]' for name in sorted(body.parameters) if name in observed(body)],
            *[f"    {name} = {plain(e)}" for name, e in body.rules.items()],
            "    return {",
            *[f'        "{name}": {name},' for name in body.rules],
            *[f'        "{name}": {plain(rate)},' for name, (_, _, rate) in body.flows.items()],
            "    }",
            "",
            "",
            *[line for name, meaning, e in singles(body) for line in function(body, name, meaning, e)],
            f"FLOWS = {{{', '.join(f'{n!r}: ({g!r}, {t!r})' for n, (g, t, _) in body.flows.items())}}}",
            "",
            "",
            "@compiled",
            "def step(h, z):  # type: ignore[no-untyped-def]",
            '    """Advance z (rows x LANES) by h hours: the pools, the summed error estimate, the constants."""',
            "    for lane in range(LANES):",
            *[f"        {line}" if line else "" for line in [*loads, *lines, *stores]],
            f"        z[{n}*LANES + lane] = z[{n}*LANES + lane] + abs({') + abs('.join(offs)})",
            "",
            "",
            (Path(__file__).parent / "loops.py.txt").read_text(),
        ]
    )


def singles(body: Body) -> list[tuple[str, str, sympy.Expr]]:
    rates = dict(zip(body.pools, body.named_rates(), strict=True))
    return [
        ("serum_of", "Serum (mmol/L)", body.rules["serum"]),
        *((f"net_{p}", f"Rate of change of {p}", rates[p]) for p in AT_REST),
    ]


def function(body: Body, called: str, meaning: str, rate: sympy.Expr) -> list[str]:
    """A function for one value alone: the search for rest and the fans of many people ask for no other."""
    needed = {str(x) for x in rate.free_symbols}
    for name in reversed(body.rules):
        if name in needed:
            needed |= {str(x) for x in body.rules[name].free_symbols}
    return [
        f"def {called}(y: dict[str, np.ndarray], p: dict[str, np.ndarray]) -> np.ndarray:",
        f'    """{meaning} at pools y and parameters p."""',
        *[f'    {name} = y["{name}"]' for name in body.pools if name in needed],
        *[f'    {name} = p["{name}"]' for name in sorted(body.parameters) if name in needed],
        *[f"    {name} = {plain(e)}" for name, e in body.rules.items() if name in needed],
        f"    return {plain(rate)}",
        "",
        "",
    ]


def observed(body: Body) -> set[str]:
    expressions = [*body.rules.values(), *(rate for _, _, rate in body.flows.values())]
    return {str(s) for e in expressions for s in e.free_symbols}


def plain(expression: sympy.Expr) -> str:
    return sympy.pycode(expression, fully_qualified_modules=False).replace("math.", "")


def javascript(body: Body) -> str:
    lines, printer = step_statements(body, "Math.sqrt")
    rows = list(printer.hoisted.items())
    declared: set[str] = set()

    def statement(line: str) -> str:
        name = line.split(" = ")[0]
        word = "" if name in declared else "let "
        declared.add(name)
        return f"  {word}{line.replace('abs(', 'Math.abs(')};"

    hoists = [f"  const {name} = {sympy.jscode(e)};" for e, name in rows if str(e) != name]
    used = sorted({str(s) for e, _ in rows for s in e.free_symbols})
    return "\n".join(
        [
            f"// {HEAD}",
            f"export const POOLS = {list(body.pools)!r};",
            f"export const PARAMETERS = {sorted(body.parameters)!r};",
            "",
            "// What a step needs of one person, worked out once.",
            "export function constants(p) {",
            f"  const {{ {', '.join(used)} }} = p;",
            *hoists,
            f"  return [{', '.join(name for _, name in rows)}];",
            "}",
            "",
            "// Advance y (one number for each pool) in place by h hours.",
            "export function step(h, y, c) {",
            f"  const [{', '.join(name for _, name in rows)}] = c;",
            *[f"  const {p} = y[{k}];" for k, p in enumerate(body.pools)],
            *[statement(line) for line in lines if line and not line.startswith("off_")],
            *[f"  y[{k}] = new_{p};" for k, p in enumerate(body.pools)],
            "}",
            "",
        ]
    )


def equations(body: Body, knowledge: dict) -> str:
    table = [
        "| parameter | value | range | between people (CV) | unit | meaning | source | standing |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in knowledge["parameters"].items():
        table.append(
            f"| `{name}` | {row['value']:g} | {row['low']:g} to {row['high']:g} | {row.get('cv', 0):g} | {row['unit']} "
            f"| {row['meaning']} | {row['source']} | {row['standing']} |"
        )
    flows = [
        f"| {n} | {', '.join(g) or '(outside)'} | {', '.join(t) or '(outside)'} | `{str(r).replace('**', '^')}` |"
        for n, (g, t, r) in body.flows.items()
    ]
    return "\n".join(
        [
            "# Equations of the body",
            "",
            f"<!-- {HEAD} -->",
            "",
            "Amounts in mmol, hours, litres. Not a medical device; no clinician has reviewed it.",
            "",
            "## Concentrations and hormones",
            "",
            "| name | is |",
            "| --- | --- |",
            *[f"| {n} | `{str(e).replace('**', '^')}` |" for n, e in body.rules.items()],
            "",
            "## Flows (mmol/h)",
            "",
            "| flow | from | to | rate |",
            "| --- | --- | --- | --- |",
            *flows,
            "",
            "## Parameters of a typical adult (70 kg)",
            "",
            *table,
            "",
        ]
    )


def texts() -> dict[Path, str]:
    knowledge = tomllib.loads(KNOWLEDGE.read_text())
    typical = {n: row["value"] for n, row in knowledge["parameters"].items()} | knowledge["start"]
    body = read(BODY / "body.ant", typical)
    missing = [n for n in [*body.parameters] if n not in knowledge["parameters"]]
    if missing:
        sys.exit(f"knowledge/body/body.toml has no value for {', '.join(missing)}")
    return {
        BODY / "kernel.py": python(body),
        BODY / "body.xml": body.sbml,
        BODY / "body.js": javascript(body),
        ROOT / "docs/reference/body-equations.md": equations(body, knowledge),
    }


def main() -> None:
    stale = []
    for path, text in texts().items():
        if "--check" in sys.argv and (not path.exists() or path.read_text() != text):
            stale.append(str(path.relative_to(ROOT)))
        elif "--check" not in sys.argv:
            path.write_text(text)
    if stale:
        sys.exit(f"stale: {', '.join(stale)}; run python -m tools.generate_body")


if __name__ == "__main__":
    main()
