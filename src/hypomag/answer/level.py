"""The part `level`: is magnesium low, how low, how sure."""

from __future__ import annotations

from hypomag.answer.facts import Facts, Row, Rows, as_written, in_order, iso, unscaled

WANTED = (
    *("level", "level_possible", "level_flag", "level_because"),
    *("grade", "grade_possible", "other_profile", "magnesium_unreadable", "likely_unit"),
)


def part(rows: Rows, facts: Facts, scheme: str) -> Row:
    level = rows["level"][0]
    fact = facts[level["row"]] if level["row"] is not None else None
    grades = {row["scheme"]: row for row in rows["grade"]}
    by_scheme = [
        {"scheme": name, "grade": row["grade"], "name": row["name"], "converted": bool(row["is_converted"])}
        for name, row in sorted(grades.items())
    ]
    chosen = grades.get(scheme, {})
    ctcae = grades.get("ctcae_v5", {})
    return {
        "status": level["status"],
        "possible": [s for s in ("low", "normal", "high") if s in {r["status"] for r in rows["level_possible"]}],
        "value": fact["value"] if fact else None,
        "unit": level["unit"],
        "as_written": as_written(fact),
        "comparator": (fact["comparator"] or None) if fact else None,
        "value_mmol_l": unscaled(level["canonical"]),
        "taken_at": iso(level["t"], fact["start_precision"]) if fact else None,
        "ctcae_grade": ctcae.get("grade"),
        "ctcae_possible": sorted({r["grade"] for r in rows["grade_possible"] if r["scheme"] == "ctcae_v5"}),
        "scheme": scheme,
        "scheme_grade": chosen.get("name"),
        "grades": by_scheme,
        "decided_by": facts.shown(level["row"]),
        "range": _range(level),
        "other_profiles": [
            {"profile": row["profile"], "status": row["status"]} for row in in_order(rows["other_profile"], "profile")
        ],
        "unreadable": [
            {
                "because": row["why_not"],
                "likely_units": sorted({r["unit"] for r in rows["likely_unit"] if r["row"] == row["row"]}),
                "evidence": facts.shown(row["row"]),
            }
            for row in in_order(rows["magnesium_unreadable"], "row")
        ],
        "flags": [
            {"flag": row["flag"], "evidence": facts.shown(row["row"])}
            for row in in_order(rows["level_flag"], "flag", "row")
        ],
    }


def _range(level: Row) -> Row | None:
    if level["profile"] is None:
        return None
    unit = {"mass": "mg/dL", "moles": "mmol/L"}.get(level["family"])
    low, high = unscaled(level["range_low"]), unscaled(level["range_high"])
    return {"low": low, "high": high, "unit": unit, "profile": level["profile"]}
