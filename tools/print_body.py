"""Print the equations of the body as flat statements: one Rosenbrock step with its sparse LU unrolled.

The method is the 4th-order, L-stable, four-stage Rosenbrock method of Hairer and Wanner (Solving Ordinary Differential
Equations II, section IV.7), written with the transformed stages K: (1/(gamma h) - J) K_i = f(Y_i) + sum c_ij K_j / h.
"""

from collections.abc import Callable

import sympy

from tools.read_body import Body, symbol

GAMMA = 0.5728200000000000
A = {(2, 1): 2.000000000000000, (3, 1): 1.867943637803922, (3, 2): 0.2344449711399156}
C = {
    (2, 1): -7.137615036412310,
    (3, 1): 2.580708087951457,
    (3, 2): 0.6515950076447975,
    (4, 1): -2.137148994382534,
    (4, 2): -0.3214669691237626,
    (4, 3): -0.6949742501781779,
}
WEIGHTS = (2.255570073418735, 0.2870493262186792, 0.4353179431840180, 1.093502252409163)
ERRORS = (-0.2815431932141155, -0.07276199124934920, -0.1082196201495311, -1.093502252409163)


class Printer:
    """Turns expressions into statements: what is used twice gets a name, what holds no pool is hoisted."""

    def __init__(self, body: Body, root: str) -> None:
        self.body, self.root = body, root
        self.pools = POOLS
        self.hoisted: dict[sympy.Expr, str] = {}  # expression without pools -> name of the constant
        self.lines: list[str] = []
        self.named: dict[sympy.Expr, str] = {}
        self.uses: dict[sympy.Expr, int] = {}
        self.count = 0

    def start(self, expressions: list[sympy.Expr], rename: dict[str, str] | None = None, prefix: str = "t") -> None:
        """Begin a group of expressions that share what they have in common."""
        self.named, self.uses, self.prefix, self.rename = {}, {}, prefix, rename or {}
        for expression in expressions:
            self.tally(expression)

    def tally(self, expression: sympy.Expr) -> None:
        for part in factors(expression):
            self.uses[part] = self.uses.get(part, 0) + 1
            if self.uses[part] == 1:
                self.tally(part)

    def name(self, text: str) -> str:
        self.count += 1
        name = f"{self.prefix}{self.count}"
        self.lines.append(f"{name} = {text}")
        return name

    def text(self, expression: sympy.Expr) -> str:
        """The expression as text; statements it needs are appended to `lines` first."""
        if expression.is_Number:
            return repr(float(expression)) if not expression.is_Integer else f"{int(expression)}.0"
        if not expression.free_symbols & self.pools:
            return self.constant(expression)
        if expression.is_Symbol:
            return self.rename.get(expression.name, expression.name)
        if expression in self.named:
            return self.named[expression]
        text = self.written(expression)
        if self.uses.get(expression, 0) > 1:
            text = self.named[expression] = self.name(text)
        return text

    def constant(self, expression: sympy.Expr) -> str:
        name = expression.name if expression.is_Symbol else self.hoisted.get(expression, f"c{len(self.hoisted) + 1}")
        return self.hoisted.setdefault(expression, name)

    def written(self, expression: sympy.Expr) -> str:
        if expression.is_Add:
            return "(" + " + ".join(self.text(p) for p in factors(expression)).replace("+ -", "- ") + ")"
        if expression.is_Mul:
            above = [p for p in factors(expression) if not (p.is_Pow and p.exp == -1)]
            below = [p.base for p in factors(expression) if p.is_Pow and p.exp == -1]
            top = "*".join(self.text(p) for p in above) or "1.0"
            return top + (f"/({'*'.join(self.text(p) for p in below)})" if below else "")
        if expression.is_Pow:
            return self.power(expression.base, expression.exp)
        raise TypeError(f"no way to print {expression}")

    def power(self, base: sympy.Expr, exponent: sympy.Expr) -> str:
        if exponent == -1:
            return f"(1.0/{self.text(base)})"
        inner = self.text(base)
        if not exponent.is_Integer:
            root = f"{self.root}({inner})"
            known = {
                sympy.Rational(1, 2): root,
                sympy.Rational(1, 4): f"{self.root}({root})",
                sympy.Rational(-1, 2): f"(1.0/{root})",
                sympy.Rational(-3, 4): f"({self.root}({root})/{inner})",
            }
            return known[exponent]
        result, square, n = "", inner if inner.isidentifier() else self.kept(base, inner), int(exponent)
        at = 1
        while n:
            if n & 1:
                result = f"{result}*{square}" if result else square
            n, at = n >> 1, 2 * at
            if n:
                square = self.kept(base**at, f"{square}*{square}")
        return result if result.isidentifier() else f"({result})"

    def kept(self, expression: sympy.Expr, text: str) -> str:
        """The name of a value that is certainly wanted again."""
        if expression not in self.named:
            self.named[expression] = self.name(text)
        return self.named[expression]


def factors(expression: sympy.Expr) -> list[sympy.Expr]:
    """Parts of an expression, its pool-free part taken together as one factor; negative powers as 1/power."""
    if expression.is_Pow:
        if expression.exp.is_Integer and expression.exp < -1:
            return [expression.base**-expression.exp]
        return [expression.base]
    if not (expression.is_Add or expression.is_Mul):
        return []
    free = [p for p in expression.args if not p.free_symbols & POOLS]
    rest = [p for p in expression.args if p.free_symbols & POOLS]
    if expression.is_Mul:
        rest = [
            sympy.Pow(p.base**-p.exp, -1, evaluate=False) if p.is_Pow and p.exp.is_Integer and p.exp < -1 else p
            for p in rest
        ]
    return [*([expression.func(*free)] if free else []), *rest]


POOLS: set[sympy.Symbol] = set()


def step_statements(body: Body, root: str) -> tuple[list[str], Printer]:
    """Statements that advance every pool by one step h, and the printer with the hoisted constants."""
    POOLS.clear()
    POOLS.update(symbol(p) for p in [*body.pools, *body.rules])
    out = Printer(body, root)
    slopes = chain(body)
    rates = body.named_rates()
    n = len(body.pools)
    jacobian = {
        (i, j): d for i in range(n) for j in range(n) if (d := total(body, rates[i], body.pools[j], slopes)) != 0
    }
    out.start([*body.rules.values(), *slopes.values(), *rates, *jacobian.values()])
    for name, rule in body.rules.items():
        out.lines.append(f"{name} = {out.text(rule)}")
    for name, slope in slopes.items():
        out.lines.append(f"{name} = {out.text(slope)}")
    first = [out.text(r) for r in rates]
    entries = {k: out.text(-v) for k, v in jacobian.items()}
    out.lines.append(f"g = 1.0/({GAMMA!r}*h)")
    out.lines.append("r = 1.0/h")
    solve = factorise(out, entries, n)
    stages = [stage(out, body, first, {}, 1, solve)]
    for i in (2, 3, 4):
        if i < 4:
            rename = moved(out, body, stages, i) | {name: f"{name}_{i}" for name in body.rules}
            out.start([*body.rules.values(), *rates], rename, f"t{i}_")
            for name, rule in body.rules.items():
                out.lines.append(f"{name}_{i} = {out.text(rule)}")
            here = [out.text(r) for r in rates]
            here = [out.name(t) if not t.isidentifier() else t for t in here]
        stages.append(stage(out, body, here, {j: C[i, j] for j in range(1, i)}, i, solve, stages))
    for k, pool in enumerate(body.pools):
        terms = " + ".join(f"{w!r}*{stages[s][k]}" for s, w in enumerate(WEIGHTS))
        out.lines.append(f"new_{pool} = {pool} + {terms}")
    for pool in ("central", "potassium", "calcium"):
        terms = " + ".join(f"({w!r})*{stages[s][body.pools.index(pool)]}" for s, w in enumerate(ERRORS))
        out.lines.append(f"off_{pool} = ({terms})/new_{pool}")
    return out.lines, out


def chain(body: Body) -> dict[str, sympy.Expr]:
    """d(rule)/d(pool) for every rule that stands on a pool, each in terms of the ones before it."""
    slopes: dict[str, sympy.Expr] = {}
    for name, rule in body.rules.items():
        for pool in body.pools:
            if (slope := total(body, rule, pool, slopes)) != 0:
                slopes[f"{name}_by_{pool}"] = slope
                POOLS.add(sympy.Symbol(f"{name}_by_{pool}", real=True))
    return slopes


def total(body: Body, expression: sympy.Expr, pool: str, slopes: dict[str, sympy.Expr]) -> sympy.Expr:
    """Total derivative of an expression in pools and rules by one pool."""
    whole = sympy.diff(expression, symbol(pool))
    for rule in body.rules:
        if f"{rule}_by_{pool}" in slopes and symbol(rule) in expression.free_symbols:
            whole += sympy.diff(expression, symbol(rule)) * sympy.Symbol(f"{rule}_by_{pool}", real=True)
    return whole


def moved(out: Printer, body: Body, stages: list[list[str]], i: int) -> dict[str, str]:
    rename = {}
    used = {str(x) for e in [*body.rules.values(), *body.named_rates()] for x in e.free_symbols}
    for k, pool in enumerate(body.pools):
        if pool not in used:  # a ledger: nothing flows from it
            continue
        rename[pool] = f"{pool}_{i}"
        out.lines.append(f"{pool}_{i} = {pool} + " + " + ".join(f"{A[i, j]!r}*{stages[j - 1][k]}" for j in range(1, i)))
    return rename


def stage(
    out: Printer,
    body: Body,
    rates: list[str],
    coupling: dict[int, float],
    i: int,
    solve: Callable[[list[str]], list[str]],
    stages: list[list[str]] | None = None,
) -> list[str]:
    """Names of K_i for every pool."""
    right = []
    for k in range(len(body.pools)):
        terms = "".join(f" + ({c!r}*r)*{(stages or [])[j - 1][k]}" for j, c in coupling.items())
        out.lines.append(f"k{i}_{body.pools[k]} = {rates[k]}{terms}")
        right.append(f"k{i}_{body.pools[k]}")
    return solve(right)


def factorise(out: Printer, entries: dict[tuple[int, int], str], n: int) -> Callable[[list[str]], list[str]]:
    """Unrolled LU of g - J in minimum-degree order; returns a function that appends one solve."""
    matrix = dict(entries)
    for i in range(n):
        matrix[i, i] = f"g + {matrix[i, i]}" if (i, i) in matrix else "g"
    for key in matrix:
        if not matrix[key].isidentifier():
            out.lines.append(f"w_{key[0]}_{key[1]} = {matrix[key]}")
            matrix[key] = f"w_{key[0]}_{key[1]}"
    left, order, lower = set(range(n)), [], {}
    while left:

        def degree(k: int) -> tuple[int, int]:
            return (sum((i, k) in matrix for i in left if i != k) * sum((k, j) in matrix for j in left if j != k), k)

        k = min(left, key=degree)
        left.remove(k)
        order.append(k)
        out.lines.append(f"d_{k} = 1.0/{matrix[k, k]}")
        for i in sorted(left):
            if (i, k) in matrix:
                out.lines.append(f"l_{i}_{k} = {matrix[i, k]}*d_{k}")
                lower[i, k] = f"l_{i}_{k}"
                for j in sorted(left):
                    if (k, j) in matrix:
                        before = matrix.get((i, j), "")
                        out.lines.append(f"w_{i}_{j} = {before} - l_{i}_{k}*{matrix[k, j]}".replace("=  -", "= -"))
                        matrix[i, j] = f"w_{i}_{j}"
    place = {k: at for at, k in enumerate(order)}

    def solve(right: list[str]) -> list[str]:
        for i, k in sorted(lower, key=lambda e: place[e[1]]):
            out.lines.append(f"{right[i]} = {right[i]} - {lower[i, k]}*{right[k]}")
        for k in reversed(order):
            after = [j for j in order[place[k] + 1 :] if (k, j) in matrix]
            terms = "".join(f" - {matrix[k, j]}*{right[j]}" for j in after)
            out.lines.append(f"{right[k]} = ({right[k]}{terms})*d_{k}")
        return right

    return solve
