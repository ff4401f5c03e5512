"""Read body.ant (Antimony) as equations: SBML by libsbml, expressions by sympy, everything we cannot run refused.

Development only. The kernel, SBML, JavaScript and the equations page all print what this module returns.
"""

from dataclasses import dataclass
from pathlib import Path

import antimony
import libsbml
import sympy


class Refused(ValueError):
    """The model text asks for something the kernel would get silently wrong."""


@dataclass
class Body:
    """The model: names in the order of the text, each flow once, each pool's rate as the sum of its flows."""

    sbml: str
    pools: list[str]
    parameters: list[str]
    rules: dict[str, sympy.Expr]  # concentrations, hormones: named expressions, in order of use
    flows: dict[str, tuple[list[str], list[str], sympy.Expr]]  # name -> (from, to, rate)

    def flat(self, expression: sympy.Expr) -> sympy.Expr:
        """The expression in pools and parameters alone."""
        for name in reversed(self.rules):
            expression = expression.subs(symbol(name), self.rules[name])
        return expression

    def named_rates(self) -> list[sympy.Expr]:
        """d(pool)/dt for every pool, in order, in terms of pools, rules and parameters."""
        total: dict[str, sympy.Expr] = {p: sympy.Integer(0) for p in self.pools}
        for giving, taking, rate in self.flows.values():
            for p in giving:
                total[p] -= rate
            for p in taking:
                total[p] += rate
        return [total[p] for p in self.pools]


def symbol(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, positive=True)


def read(path: Path, values: dict[str, float] | None = None) -> Body:
    """Parse and check body.ant. `values` fills the SBML so that other programs can run it."""
    text = path.read_text() if isinstance(path, Path) else path
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise Refused(f"body.ant cannot be read: {antimony.getLastError()}")
    module = antimony.getMainModuleName()
    document = libsbml.readSBMLFromString(antimony.getSBMLString(module))
    model = document.getModel()
    refuse_structure(model)
    pools = [s.getId() for s in model.getListOfSpecies()]
    ruled = [r.getVariable() for r in model.getListOfRules()]
    parameters = [p.getId() for p in model.getListOfParameters() if p.getId() not in ruled]
    names = {n: symbol(n) for n in [*pools, *parameters, *ruled]}
    rules = {r.getVariable(): expression(r.getMath(), names, r.getVariable()) for r in model.getListOfRules()}
    flows = {}
    for r in model.getListOfReactions():
        ends = [
            [x.getSpecies() for x in side for _ in range(int(x.getStoichiometry()))]
            for side in (r.getListOfReactants(), r.getListOfProducts())
        ]
        flows[r.getId()] = (ends[0], ends[1], expression(r.getKineticLaw().getMath(), names, r.getId()))
    body = Body("", pools, parameters, in_order_of_use(rules), flows)
    for name, (_, _, rate) in flows.items():
        refuse_powers(body.flat(rate), name)
    body.sbml = filled(document, values or {})
    return body


def refuse_structure(model: libsbml.Model) -> None:
    """What the kernel cannot run: events, algebraic or rate rules, numbers, compartments that change."""
    if model.getNumEvents():
        raise Refused("body.ant holds an event. Doses and switches are rows of the event table, never the model.")
    if model.getNumInitialAssignments():
        raise Refused("body.ant holds an initial assignment or a number. Numbers stand in knowledge/body/body.toml.")
    for rule in model.getListOfRules():
        if not rule.isAssignment():
            raise Refused(
                f"body.ant: '{rule.getVariable() or 'algebraic rule'}' is not an assignment (:=); write a flow instead."
            )
    if any(not c.getConstant() for c in model.getListOfCompartments()):
        raise Refused("body.ant: a compartment changes its volume; write volumes as parameters.")
    given = [p.getId() for p in model.getListOfParameters() if p.isSetValue()]
    given += [s.getId() for s in model.getListOfSpecies() if s.isSetInitialAmount() or s.isSetInitialConcentration()]
    if given:
        raise Refused(f"body.ant gives numbers to {', '.join(given)}. Numbers stand in knowledge/body/body.toml.")


def expression(math: libsbml.ASTNode, names: dict[str, sympy.Symbol], where: str) -> sympy.Expr:
    """One formula as sympy; time, piecewise, delay and unknown functions are refused with their place."""
    refuse_nodes(math, where)
    formula = libsbml.formulaToL3String(math).replace("^", "**")
    allowed = {**names, "sqrt": sympy.sqrt}
    return sympy.sympify(formula, locals=allowed)


def refuse_nodes(node: libsbml.ASTNode, where: str) -> None:
    kinds = {
        libsbml.AST_NAME_TIME: "time (put the change into the event table)",
        libsbml.AST_FUNCTION_DELAY: "a delay",
        libsbml.AST_FUNCTION_PIECEWISE: "piecewise (use a smooth hinge)",
        libsbml.AST_FUNCTION_MAX: "max (use a smooth hinge)",
        libsbml.AST_FUNCTION_MIN: "min (use a smooth hinge)",
        libsbml.AST_FUNCTION_ABS: "abs (use a smooth hinge)",
    }
    kind = node.getType()
    if kind in kinds or node.isRelational() or node.isLogical():
        raise Refused(
            f"body.ant: '{where}' uses {kinds.get(kind, 'a comparison (use a smooth hinge)')}; "
            "a solver can step over it without a word."
        )
    plain = {libsbml.AST_FUNCTION_POWER, libsbml.AST_FUNCTION_ROOT}
    if node.isFunction() and kind not in plain:
        raise Refused(f"body.ant: '{where}' uses the function '{node.getName()}', which the kernel does not print.")
    for i in range(node.getNumChildren()):
        refuse_nodes(node.getChild(i), where)


def refuse_powers(rate: sympy.Expr, where: str) -> None:
    """A root or a division of something that can be zero or negative gives NaN in one patient of a million."""
    for power in rate.atoms(sympy.Pow):
        if not power.exp.is_Integer and power.exp != sympy.Rational(1, 2) and power.exp != sympy.Rational(1, 4):
            raise Refused(
                f"body.ant: '{where}' raises '{power.base}' to '{power.exp}'; powers must be whole numbers or roots."
            )
        if (not power.exp.is_Integer or power.exp < 0) and not power.base.is_positive:
            raise Refused(
                f"body.ant: '{where}' takes the power {power.exp} of '{power.base}', which is not surely positive."
            )


def in_order_of_use(rules: dict[str, sympy.Expr]) -> dict[str, sympy.Expr]:
    ordered: dict[str, sympy.Expr] = {}
    while len(ordered) < len(rules):
        ready = [
            n
            for n, e in rules.items()
            if n not in ordered and not {str(s) for s in e.free_symbols} & (rules.keys() - ordered.keys())
        ]
        if not ready:
            raise Refused(f"body.ant: {', '.join(rules.keys() - ordered.keys())} are defined by each other.")
        for name in ready:
            ordered[name] = rules[name]
    return ordered


def filled(document: libsbml.SBMLDocument, values: dict[str, float]) -> str:
    """The SBML text with the typical person's numbers in it."""
    model = document.getModel()
    for name, value in values.items():
        if (parameter := model.getParameter(name)) is not None:
            parameter.setValue(value)
        elif (pool := model.getSpecies(name)) is not None:
            pool.setInitialAmount(value)
    lines = libsbml.writeSBMLToString(document).splitlines()
    return "\n".join(line for line in lines if not line.startswith("<!-- Created by")) + "\n"
