"""An answer in the form that was asked for."""

from __future__ import annotations

from typing import Any

from hypomag.write import fhir as resources
from hypomag.write import json_text, patient, text


def write(
    answer: dict[str, Any],
    of: str,
    *,
    json: bool = False,
    fhir: bool = False,
    for_patient: bool = False,
    explain: bool = False,
) -> str:
    """The answer as text, JSON, a FHIR Bundle or the patient's text. of: the source's id of the patient."""
    if json:
        return json_text.write(answer)
    if fhir:
        return resources.write(resources.bundle(answer, of)) + "\n"
    if for_patient:
        return patient.write(answer["patient_text"])
    return text.write(answer, explain)
