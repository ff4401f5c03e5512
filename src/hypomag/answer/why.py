"""The parts `steps`, `causes` and `tests`: which organ step fails, why, and what to ask next."""

from __future__ import annotations

from collections import defaultdict

from hypomag import knowledge
from hypomag.answer.facts import Facts, Row, Rows, in_order, iso, unscaled
from hypomag.answer.facts import known as by_key
from hypomag.knowledge.sentences import sentences

WANTED = (
    *("cause_told", "cause_probability", "step_probability", "patient_finding", "why_because"),
    *(
        "conclusion",
        "fractional_excretion",
        "test_worth",
        "lead_pattern",
        "consequence",
        "untested_risk",
        "untested_because",
    ),
)


Because = dict[tuple[str, int], list[Row]]


def because(rows: Rows, facts: Facts) -> Because:
    """What speaks for (1) and against (0), by cause or step; the value of a finding beside its fact."""
    values = {row["finding"]: row["value"] for row in rows["patient_finding"]}
    found: Because = defaultdict(list)
    for row in in_order(rows["why_because"], "limit_name", "evidence"):
        for shown in facts.shown(row["evidence"]):
            said = shown | {"what": row["limit_name"], "value": values.get(row["limit_name"])}
            if said not in found[row["key"], row["for_or_against"]]:
                found[row["key"], row["for_or_against"]].append(said)
    return found


def steps(rows: Rows, because: Because) -> list[Row]:
    """Every step, the likeliest first; probability None where magnesium is not low, so that nothing fails."""
    probability = {row["step"]: row["probability"] for row in rows["step_probability"]}
    known = by_key("steps", "step")
    return [
        {
            "step": step,
            "probability": unscaled(probability.get(step)),
            "for": because[step, 1],
            "against": because[step, 0],
        }
        for step in sorted(known, key=lambda s: (-probability.get(s, 0), known[s]["rank"]))
    ]


def findings(rows: Rows, facts: Facts) -> list[Row]:
    """What is known that speaks for or against a step or a cause; what is not here was never asked or says nothing."""
    names = by_key("findings", "finding")
    places = {name: place for place, name in enumerate(names)}
    return [
        {
            "finding": row["finding"],
            "name": names[row["finding"]]["name"],
            "value": row["value"],
            "evidence": facts.shown(row["row"]),
        }
        for row in sorted(rows["patient_finding"], key=lambda r: places[r["finding"]])
    ]


def fractional_excretion(rows: Rows, facts: Facts) -> Row | None:
    """Fractional excretion of magnesium in percent, as a span where a result is a bound; None where not known.

    `used` is false where it may not be read (eGFR under 30, magnesium by vein or muscle) or its span fits two readings.
    """
    if not rows["fractional_excretion"]:
        return None
    row = rows["fractional_excretion"][0]
    return {
        "low": unscaled(row["low"]),
        "high": unscaled(row["high"]),
        "unit": "%",
        "used": any(found["finding"] == "femg" for found in rows["patient_finding"]),
        "taken_at": iso(row["t"], facts[row["row"]]["start_precision"]),
        "evidence": facts.shown(row["row"]),
    }


def causes(rows: Rows, because: Because) -> list[Row]:
    """The causes told of and the suspects, the likeliest first; none where magnesium is not low."""
    known = by_key("causes", "cause")
    named = defaultdict(set)
    for row in rows["cause_told"]:
        if row["named"] != row["cause"]:
            named[row["cause"]].add(row["named"])
    return [
        {
            "cause": row["cause"],
            "name": known[row["cause"]]["name"],
            "step": row["step"],
            "named": sorted(named[row["cause"]]),
            "recorded": bool(row["is_told"]),
            "probability": unscaled(row["probability"]),
            "share": unscaled(row["share"]),
            "standing": known[row["cause"]]["standing"],
            "for": because[row["cause"], 1],
            "against": because[row["cause"], 0],
            "mechanism": known[row["cause"]]["mechanism"],
            "confirm": known[row["cause"]]["confirm_test"],
            "first_step": known[row["cause"]]["first_step"],
            "recovery": known[row["cause"]]["recovery"],
            "sources": known[row["cause"]]["source"].split(";"),
        }
        for row in sorted(rows["cause_probability"], key=lambda r: (-r["probability"], -r["share"], r["cause"]))
    ]


def conclusion(rows: Rows, language: str = "en") -> Row | None:
    """Whether a recorded cause is likely (named), none that likely (possible), or none told of (undetermined)."""
    found = rows["conclusion"]
    if not found:
        return None
    key = found[0]["conclusion"]
    return {"key": key, "text": sentences(language)["conclusion"][key]}


def tests(rows: Rows, facts: Facts) -> list[Row]:
    """What to ask, look at or order next: the most told for the least burden first, what would change nothing last.

    Bits are bits of information expected about the step and the cause; burden 0 (a question) to 10.
    """
    known = by_key("tests", "test")
    speaks = defaultdict(list)
    for row in sorted(rows["lead_pattern"], key=lambda r: (-r["share"], r["lead"])):
        speaks[row["finding"]].append(row["lead"])
    return [
        {
            "test": row["test"],
            "name": known[row["test"]]["name"],
            "kind": known[row["test"]]["kind"],
            "bits_step": unscaled(row["bits_step"]),
            "bits_cause": unscaled(row["bits_cause"]),
            "burden": row["burden"],
            "worth": bool(row["worth"]),
            "because": known[row["test"]]["why"] or known[row["test"]]["name"],
            "separates": list(dict.fromkeys(speaks[row["finding"]]))[:5] if row["worth"] else [],
        }
        for row in sorted(
            rows["test_worth"],
            key=lambda r: (
                -r["worth"],
                -(r["bits_step"] + r["bits_cause"]) / (1 + r["burden"]),
                r["burden"],
                r["test"],
            ),
        )
    ]


def consequences(rows: Rows, facts: Facts) -> list[Row]:
    """What low magnesium itself has brought about, with the sentence that says how."""
    if not rows["consequence"]:
        return []
    sentences = {(r["finding"], r["value"]): r for r in knowledge.load().tables["consequences"].dicts()}
    found = {(row["finding"], row["value"]): row for row in rows["consequence"]}
    return [
        {
            "finding": finding,
            "value": value,
            "because": sentences[finding, value]["sentence"],
            "evidence": facts.shown(row["row"]),
            "sources": row["source"].split(";"),
        }
        for (finding, value), row in sorted(found.items())
    ]


def untested(rows: Rows, facts: Facts) -> Row | None:
    """How likely magnesium is low where it was never measured, and why; None where it was measured."""
    if not rows["untested_risk"]:
        return None
    risk = rows["untested_risk"][0]
    known = by_key("risk_excess", "risk")
    return {
        "probability": unscaled(risk["probability"]),
        "low": unscaled(risk["low"]),
        "high": unscaled(risk["high"]),
        "because": [
            {
                "risk": row["limit_name"],
                "says": known[row["limit_name"]]["because"],
                "standing": known[row["limit_name"]]["standing"],
                "evidence": facts.shown(row["evidence"]),
                "sources": row["source"].split(";"),
            }
            for row in in_order(rows["untested_because"], "limit_name", "evidence")
        ],
    }
