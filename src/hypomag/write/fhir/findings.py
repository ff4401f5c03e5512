"""What was found: DetectedIssue, RiskAssessment, ClinicalImpression."""

from __future__ import annotations

from collections.abc import Iterator

from hypomag.write.fhir.written import JSON, SYSTEMS, About, names, note, number, references, words
from hypomag.write.text import status_words

SEVERITY = {"emergency": "high", "same_day": "high", "days": "moderate", "routine": "low", "none": "low"}
LOUD = {"critical": "high", "warning": "moderate", "info": "low"}  # of an alert where an order is signed


def headline(about: About) -> str:
    level = about.answer["level"]
    value = f": {level['as_written']}" if level["as_written"] else ""
    return f"{status_words(about.answer, about.said)}{value}. {about.said['tier'][about.answer['urgency']['tier']]}."


def issues(about: About) -> Iterator[JSON]:
    """Magnesium out of range or a sign that calls for help; then each drug that magnesium must be kept apart from."""
    level, urgency = about.answer["level"], about.answer["urgency"]
    wrong = level["status"] in ("low", "high")
    facts = level["decided_by"] + [fact for flag in urgency["red_flags"] for fact in flag["evidence"]]
    if wrong or urgency["red_flags"]:
        yield about.resource(
            "DetectedIssue",
            "magnesium",
            status="preliminary",
            code=words(status_words(about.answer, about.said) if wrong else about.said["fhir"]["urgent_sign"]),
            severity=SEVERITY.get(urgency["tier"]),
            patient=about.subject,
            identifiedDateTime=about.answer["as_of"],
            author=about.ref("Device"),
            implicated=references(facts),
            evidence=[_evidence(about, flag) for flag in urgency["red_flags"]],
            detail=headline(about),
            mitigation=[{"action": words(about.said["tier"][urgency["tier"]])}],
        )
    for row in about.answer["treatment"]["apart"]:
        yield about.resource(
            "DetectedIssue",
            f"apart|{row['drug']}|{row['route']}",
            status="preliminary",
            code={
                "coding": [{"system": SYSTEMS["act"], "code": "DRG", "display": about.said["fhir"]["interaction"]}],
                "text": about.said["fhir"]["apart"],
            },
            patient=about.subject,
            identifiedDateTime=about.answer["as_of"],
            author=about.ref("Device"),
            implicated=references(row["evidence"]),
            detail=row["text"],
            mitigation=[{"action": words(row["text"])}],
        )


def orders(about: About) -> Iterator[JSON]:
    """Each order in hand that an alert speaks of, as an issue with the order implicated."""
    for alert in about.answer["alerts"]:
        if alert["orders"]:
            yield about.resource(
                "DetectedIssue",
                f"order|{alert['alert']}",
                status="preliminary",
                code=words(alert["text"]),
                severity=LOUD.get(alert["at"]["order_sign"] or ""),
                patient=about.subject,
                identifiedDateTime=about.answer["as_of"],
                author=about.ref("Device"),
                implicated=references(alert["orders"] + alert["evidence"]),
                detail=alert["text"],
            )


def _evidence(about: About, flag: JSON) -> JSON:
    said = about.said
    what = said["criteria"].get(flag["flag"]) or names().get(flag["flag"], flag["flag"])
    kind = said["kinds"].get(flag["kind"], flag["kind"])
    return {"code": [words(f"{kind}: {what}")], "detail": references(flag["evidence"])}


def risks(about: About) -> Iterator[JSON]:
    """Which organ step fails, where magnesium is low; how likely it is low, where it was never measured."""
    steps = [step for step in about.answer["steps"] if step["probability"] is not None]
    said = about.said["fhir"]
    if steps:
        yield _risk(
            about,
            "steps",
            said["method"],
            [fact for step in steps for fact in step["for"] + step["against"]],
            [
                {
                    "outcome": words(said["step_outcome"].format(step=about.said["steps"][step["step"]])),
                    "probabilityDecimal": number(step["probability"]),
                }
                for step in steps
            ],
        )
    untested = about.answer["untested"]
    if untested and untested["probability"] is not None:
        interval = said["interval"].format(low=number(untested["low"]), high=number(untested["high"]))
        because = "; ".join(dict.fromkeys(row["says"] for row in untested["because"]))
        yield _risk(
            about,
            "untested",
            said["untested_method"],
            [fact for row in untested["because"] for fact in row["evidence"]],
            [
                {
                    "outcome": words(said["untested_outcome"]),
                    "probabilityDecimal": number(untested["probability"]),
                    "rationale": f"{interval}{': ' if because else ''}{because}",
                }
            ],
        )


def _risk(about: About, key: str, method: str, basis: list[JSON], prediction: list[JSON]) -> JSON:
    return about.resource(
        "RiskAssessment",
        key,
        status="preliminary",
        method=words(method),
        subject=about.subject,
        occurrenceDateTime=about.answer["as_of"],
        performer=about.ref("Device"),
        basis=references(basis),
        prediction=prediction,
        note=note(about.said["notice"]),
    )


def impression(about: About) -> JSON:
    """The ranked causes with what speaks for and against; no diagnosis, so never completed."""
    answer = about.answer
    steps = any(step["probability"] is not None for step in answer["steps"])
    found = references(_facts(answer), *ITEMS)
    return about.resource(
        "ClinicalImpression",
        status="in-progress",
        description=about.said["notice"],
        subject=about.subject,
        effectiveDateTime=answer["as_of"],
        date=answer["as_of"],
        investigation=[{"code": words(about.said["fhir"]["facts"]), "item": found}] if found else [],
        summary=" ".join(filter(None, [headline(about), (answer["conclusion"] or {}).get("text")])),
        finding=[
            {"itemCodeableConcept": words(cause["name"]), "basis": _basis(about, cause)} for cause in answer["causes"]
        ],
        prognosisReference=[about.ref("RiskAssessment", "steps")] if steps else [],
        note=note(*(row["because"] for row in answer["consequences"])),
    )


ITEMS = ("Observation", "QuestionnaireResponse", "FamilyMemberHistory", "DiagnosticReport")


def _facts(answer: JSON) -> list[JSON]:
    of = [fact for row in answer["companions"] for fact in row["evidence"]]
    return list(answer["level"]["decided_by"]) + of


def _basis(about: About, cause: JSON) -> str:
    said = about.said["fhir"]
    parts = [said["probability"].format(probability=number(cause["probability"]))] if cause["probability"] else []
    for key in ("for", "against"):
        facts = "; ".join(dict.fromkeys(fact["says"] for fact in cause[key]))
        parts += [f"{said[key]}: {facts}"] if facts else []
    return ". ".join([*parts, cause["mechanism"]])
