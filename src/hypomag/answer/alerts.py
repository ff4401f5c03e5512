"""The part `alerts`: reasons to speak up in a clinician's workflow, the most pressing first."""

from __future__ import annotations

from collections import defaultdict

from hypomag.answer.facts import Facts, Row, Rows, known
from hypomag.knowledge.sentences import sentences

WANTED = ("alert", "alert_because")
HOOKS = ("patient_view", "order_select", "order_sign", "encounter_discharge")


def alerts(rows: Rows, facts: Facts, language: str = "en") -> list[Row]:
    """One row an alert. orders: the orders in hand that it is about; at: how loud at each hook, null for silent."""
    said, all_known = sentences(language)["alerts"], known("alerts", "alert")
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows["alert"]:
        grouped[row["alert"]].append(row)
    return [
        {
            "alert": alert,
            "text": said[alert],
            "at": {hook: all_known[alert][hook] for hook in HOOKS},
            "suggests": all_known[alert]["suggests"],
            "needs": all_known[alert]["needs"].split(";") if all_known[alert]["needs"] else [],
            "orders": _shown(grouped[alert], "order_row", facts),
            "evidence": _shown(grouped[alert], "row", facts),
            "standing": all_known[alert]["standing"],
            "sources": all_known[alert]["source"].split(";"),
        }
        for alert in sorted(grouped, key=lambda alert: all_known[alert]["place"])
    ]


def _shown(found: list[Row], column: str, facts: Facts) -> list[Row]:
    return [shown for row in sorted({r[column] for r in found} - {None}) for shown in facts.shown(row)]
