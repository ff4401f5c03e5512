"""The parts `trail` and `sources`: every reason with its facts, its limit and its source."""

from __future__ import annotations

from collections import defaultdict

from hypomag import knowledge
from hypomag.answer.facts import Facts, Row, Rows


def trail(rows: Rows, facts: Facts) -> list[Row]:
    grouped: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    for relation in sorted(name for name in rows if name.endswith("_because")):
        for row in rows[relation]:
            key = (relation.removesuffix("_because"), row["key"], row["limit_name"], row["source"])
            if row["evidence"] is not None:
                grouped[key].append(row["evidence"])
            else:
                grouped[key] += []
    return [
        {
            "rule": rule,
            "key": key,
            "limit": limit,
            "evidence": [shown for row in sorted(set(evidence)) for shown in facts.shown(row)],
            "source": source,
        }
        for (rule, key, limit, source), evidence in sorted(grouped.items(), key=str)
    ]


def sources(trail: list[Row]) -> list[Row]:
    known = knowledge.load().sources
    keys = sorted({key for row in trail for key in row["source"].split(";")})
    return [{"source": key, "title": known[key]["title"] if key in known else None} for key in keys]
