"""What a client is asked to send with a call: query templates made from the knowledge, and the state in which each comes.

Codes are short and carry their system; a comma is an or. CDS Hooks 2.0 knows no dates relative to today, so the newest
are asked for and the rules look at the time. A key that is absent is not the same as one that is null.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hypomag import knowledge

HOOKS = ("patient-view", "order-select", "order-sign", "encounter-discharge")
PATIENT = "{{context.patientId}}"
KEYS = ("patient", "magnesium", "labs", "urine", "medications", "given", "conditions", "orders", "encounter")
NEEDED = "magnesium"  # without it nothing can be said


@cache
def templates(hook: str) -> dict[str, str]:
    """The prefetch of a hook, key -> query."""
    magnesium, serum, urine = _codes()
    newest = "&_sort=-date&_count="
    found = {
        "patient": f"Patient/{PATIENT}",
        "magnesium": f"Observation?patient={PATIENT}&code={magnesium}{newest}20",
        "labs": f"Observation?patient={PATIENT}&code={serum}{newest}60",
        "urine": f"Observation?patient={PATIENT}&code={urine}{newest}20",
        "medications": f"MedicationRequest?patient={PATIENT}&status=active&_count=100",
        "given": f"MedicationAdministration?patient={PATIENT}&_sort=-effective-time&_count=50",
        "conditions": f"Condition?patient={PATIENT}&clinical-status=active&_count=100",
        "orders": f"ServiceRequest?patient={PATIENT}&status=active&_count=50",
    }
    # The encounter is optional in every hook but this one, and an unfilled token is no query.
    return found | ({"encounter": "Encounter/{{context.encounterId}}"} if hook == "encounter-discharge" else {})


def _codes() -> tuple[str, str, str]:
    """LOINC codes of serum magnesium, of everything else outside the urine, and of urine, as values of a search."""
    tables = knowledge.load().tables
    urine = {row["analyte"] for row in tables["analytes"].dicts() if row["specimen"].startswith("urine")}
    groups: dict[str, list[str]] = {"magnesium": [], "urine": [], "serum": []}
    for row in tables["codes"].dicts():
        if row["system"] == "loinc" and row["sure"]:
            concept = row["concept"]
            group = "magnesium" if concept == "magnesium" else "urine" if concept in urine else "serum"
            groups[group].append(f"http://loinc.org|{row['code']}")
    return tuple(",".join(sorted(groups[name])) for name in ("magnesium", "serum", "urine"))  # type: ignore[return-value]


def state(value: Any) -> str:
    """none: the client looked and there is nothing; failed; paged: there is more than came; given."""
    if value is None:
        return "none"
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if kind == "Bundle":
        links = value.get("link")
        named = [one.get("relation") for one in links if isinstance(one, dict)] if isinstance(links, list) else []
        return "paged" if "next" in named else "given"
    return "failed" if kind in ("OperationOutcome", None) else "given"
