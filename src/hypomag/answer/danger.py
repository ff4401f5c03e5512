"""The parts `urgency`, `companions`, `missing` and `unreadable`: how fast to act, what stands beside magnesium, what is
not known, what was told in a way that cannot be read."""

from __future__ import annotations

from hypomag.answer.facts import Facts, Row, Rows, as_written, in_order, iso, known, unscaled

WANTED = (
    "urgency",
    "urgency_possible",
    "reason",
    "suspicion",
    "urgency_because",
    "companion",
    "missing",
    "result_unread",
)


def urgency(rows: Rows, facts: Facts) -> Row:
    possible = sorted(rows["urgency_possible"], key=lambda row: -row["rank"])
    return {
        "tier": rows["urgency"][0]["tier"],
        "possible": [row["tier"] for row in possible],
        "red_flags": _reasons(rows["reason"], facts),
        "suspected": _reasons(rows["suspicion"], facts),
    }


def _reasons(rows: list[Row], facts: Facts) -> list[Row]:
    return [
        {
            "flag": row["criterion"],
            "kind": row["kind"],
            "tier": row["tier"],
            "standing": row["standing"],
            "evidence": facts.shown(row["row"]),
            "sources": row["source"].split(";"),
        }
        for row in sorted(rows, key=lambda r: (-r["rank"], r["kind"], r["criterion"], r["row"]))
    ]


def companions(rows: Rows, facts: Facts) -> list[Row]:
    return [
        {
            "analyte": row["analyte"],
            "status": row["status"],
            "value": unscaled(row["canonical"]),
            "as_written": _as_written(row, facts[row["row"]]),
            "comparator": _comparator(row),
            "unit": known("analytes", "analyte")[row["analyte"]]["unit"],
            "calculated": bool(row["is_calculated"]),
            "range": {"low": unscaled(row["low"]), "high": unscaled(row["high"]), "by": row["range_by"]},
            "taken_at": iso(row["t"], facts[row["row"]]["start_precision"]),
            "evidence": facts.shown(row["row"]),
        }
        for row in in_order(rows["companion"], "analyte")
    ]


def _as_written(row: Row, fact: Row) -> str | None:
    """The result as its source wrote it; None where it was reckoned, or told inside a text."""
    return None if row["is_calculated"] or fact.get("value") is None else as_written(fact)


def _comparator(row: Row) -> str | None:
    """Which bound the value is, where the result was one: the interval stands on its other side."""
    if row["canonical_low"] == row["canonical_high"]:
        return None
    if row["canonical_low"] >= row["canonical"]:
        return ">" if row["canonical_low"] > row["canonical"] else ">="
    return "<" if row["canonical_high"] < row["canonical"] else "<="


def missing(rows: Rows) -> list[Row]:
    return [{"what": row["what"], "decides": row["decides"]} for row in in_order(rows["missing"], "decides", "what")]


def unreadable(rows: Rows, facts: Facts) -> list[Row]:
    """Newest results of other tests than magnesium that cannot be read, and why."""
    return [
        {"analyte": row["analyte"], "because": row["why_not"], "evidence": facts.shown(row["row"])}
        for row in in_order(rows["result_unread"], "analyte", "row")
    ]
