"""The part `treatment`: options to choose from, what was refused and why, and every guard, looked at or not."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from hypomag import knowledge
from hypomag.answer import actions, options
from hypomag.answer.facts import Facts, Row, Rows, in_order, iso, known, unscaled
from hypomag.answer.plan_text import guard_says
from hypomag.answer.said import joined
from hypomag.knowledge.sentences import sentences

WANTED = (
    *(*options.WANTED, "refusal", "guard", "treat_because", "protocol_open", "protocol_out"),
    *("kidney", "weight", "age", "magnesium_day", *actions.WANTED),
)


def treatment(rows: Rows, facts: Facts, language: str = "en", protocol: Row | None = None) -> Row:
    """Point 9 of the answer: options, refused, guards; amounts are None where no number may be said.

    protocol: key, name, source, standing and file of the protocol that was asked for.
    """
    said = sentences(language)
    return {
        "options": options.options(rows, facts, said),
        "refused": _refused(rows, said, protocol),
        "guards": _guards(rows, facts, said),
        "protocol": _protocol(rows, facts, said, protocol),
        **actions.parts(rows, facts, said),
        "basis": _basis(rows),
    }


def _protocol(rows: Rows, facts: Facts, said: Any, protocol: Row | None) -> Row | None:
    """What became of the protocol that was asked for: the options it gives, or why it does not hold this patient."""
    if protocol is None:
        return None
    words, names = said["protocol"], known("concepts", "concept")
    out = in_order(rows["protocol_out"], "because")
    because = [
        words["out" if row["is_known"] else "unknown"].format(
            what=words["bounds"].get(row["because"]) or names[row["because"]]["name"].lower()
        )
        for row in out
    ]
    plans = [row["plan"] for row in in_order(rows["protocol_open"], "band")]
    if not plans and not because:
        because = [words["no_band"] if rows["level"][0]["is_low"] == 1 else words["not_low"]]
    text = words["holds" if plans else "not_held"].format(
        name=protocol["name"],
        source=protocol["source"],
        standing=words[protocol["standing"]],
        because="; ".join(because),
    )
    evidence = [fact for row in out for fact in facts.shown(row["row"])]
    return protocol | {"applies": bool(plans), "plans": plans, "because": because, "text": text, "evidence": evidence}


def _refused(rows: Rows, said: Any, protocol: Row | None) -> list[Row]:
    guards: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows["refusal"], key=lambda row: (row["place"], row["plan"], row["guard"])):
        guards[row["plan"]].append(row)
    titles = {plan: said["titles"].get(plan) or (protocol or {}).get("name", plan) for plan in guards}
    return [
        {
            "key": plan,
            "title": titles[plan],
            "text": said["plan"]["refused"].format(
                title=titles[plan], because=joined([guard_says(r, said) for r in found])
            ),
            "way": said["ways"][found[0]["way"]],
            "because": [guard_says(row, said) for row in found],
            "guards": [row["guard"] for row in found],
            "sources": sorted({key for row in found for key in row["source"].split(";")}),
        }
        for plan, found in guards.items()
    ]


@cache
def _acting() -> dict[str, set[str]]:
    """The guards that act on each way of giving."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in knowledge.load().tables["guard_effects"].dicts():
        found[row["way"]].add(row["guard"])
    return dict(found)


def _guards(rows: Rows, facts: Facts, said: Any) -> list[Row]:
    """Every guard; `matters` to what is offered or refused here, unless one that blocks says more."""
    guards = known("guards", "guard")
    blocking = {row["guard"] for row in rows["guard"] if row["state"] == "blocks"}
    ways = {row["way"] for row in (*rows["option"], *rows["refusal"])}
    acting = {guard for way in ways for guard in _acting().get(way, ())}
    reckoned = _reckoned(rows)
    shown = []
    for row in sorted(rows["guard"], key=lambda row: row["place"]):
        fact = facts[row["row"]] if row["row"] is not None else {}
        value, unit = fact.get("value"), fact.get("unit") or fact.get("unit_text") or None
        if row["guard"] in reckoned and row["state"] != "not_assessed":
            value, unit = reckoned[row["guard"]]
        shown.append(
            {
                "guard": row["guard"],
                "name": guards[row["guard"]]["name"],
                "state": row["state"],
                "value": value if value is not None else fact.get("text") or None,
                "unit": unit,
                "taken_at": iso(fact["start"], fact["start_precision"]) if fact else None,
                "says": None if row["state"] == "clear" else guard_says(row, said),
                "look": said["guards"][row["guard"]]["look"],
                "matters": row["guard"] in acting and guards[row["guard"]]["within"] not in blocking,
                "sources": guards[row["guard"]]["source"].split(";"),
            }
        )
    return shown


def _reckoned(rows: Rows) -> dict[str, tuple[float | None, str]]:
    """Guards whose value is reckoned from several facts."""
    found: dict[str, tuple[float | None, str]] = {}
    for row in rows["kidney"]:
        egfr = (unscaled(row["egfr"]), "mL/min/{1.73_m2}")
        found |= dict.fromkeys(("creatinine_recent", "creatinine_known", "kidney_below_30", "kidney_below_15"), egfr)
    for row in rows["magnesium_day"]:
        found["magnesium_day"] = (unscaled(row["mmol"]), "mmol")
        found["magnesium_mouth"] = (unscaled(row["mouth_mmol"]), "mmol")
    for row in rows["age"]:
        found["age_known"] = (row["years"], "a")
    return found


def _basis(rows: Rows) -> Row:
    """What the amounts rest on, for whoever looks at them last."""
    age, kidney, weight, day = (
        rows[name][0] if rows[name] else {} for name in ("age", "kidney", "weight", "magnesium_day")
    )
    return {
        "age_years": age.get("years"),
        "age_days": age.get("days"),
        "weight_kg": unscaled(weight.get("kilograms")),
        "egfr": unscaled(kidney.get("egfr")),
        "magnesium_given_24h_mmol": unscaled(day.get("mmol")),
        "magnesium_by_mouth_24h_mmol": unscaled(day.get("mouth_mmol")),
    }
