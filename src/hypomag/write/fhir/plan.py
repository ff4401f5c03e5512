"""What could be done, all of it draft and proposal: MedicationRequest, RequestGroup, ServiceRequest, CarePlan."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from hypomag import knowledge
from hypomag.write.fhir.written import JSON, About, names, note, number, order_code, quantity, references, words
from hypomag.write.plan import when

DRAFT = {"status": "draft", "intent": "proposal"}
ORDERED_KINDS = ("lab", "ecg", "imaging", "gene", "procedure")  # a question or a sign is asked in a Questionnaire


def medications(about: About) -> list[JSON]:
    """One draft for each option; a dose only where the option has one."""
    return [
        _medication(about, option) for option in about.answer["treatment"]["options"] if option["way"] != "dialysate"
    ]


def _medication(about: About, option: JSON) -> JSON:
    return about.resource(
        "MedicationRequest",
        option["key"],
        **DRAFT,
        medicationCodeableConcept=words(option["product"] or about.said["fhir"]["any_salt"]),
        subject=about.subject,
        supportingInformation=references(option["evidence"]),
        authoredOn=about.answer["as_of"],
        requester=about.ref("Device"),
        reasonCode=[words(option["reason"])],
        reasonReference=references(option["evidence"], "Observation", "Condition"),
        note=note(about.said["fhir"]["one_of_several"], *option["no_figure_because"], about.said["notice"]),
        dosageInstruction=[_by_day(about, option) if option["amount_is"] == "day" else _by_dose(about, option)],
    )


def _by_dose(about: About, option: JSON) -> JSON:
    """Grams of the salt in one dose, how fast, how often; the text has the elemental amounts too."""
    most = option["most"] or option
    one_time = option["hours"] == option["hours_most"]
    repeat = {"count": option["doses"], **_duration(option["hours"], option["hours_most"])}
    if option["interval_hours"]:
        repeat |= {"frequency": 1, "period": number(option["interval_hours"]), "periodUnit": "h"}
    return {
        "text": option["text"],
        "timing": {"repeat": repeat},
        "route": words(about.said["ways"][option["way"]]),
        "doseAndRate": [
            {
                "doseQuantity": quantity(option["grams"], "g") if not option["most"] else None,
                "doseRange": {"low": quantity(option["grams"], "g"), "high": quantity(most["grams"], "g")}
                if option["most"] and option["grams"] is not None
                else None,
                "rateQuantity": quantity(option["rate_g_per_h"], "g/h") if option["grams"] and one_time else None,
            }
        ],
        "maxDosePerAdministration": quantity(most["grams"], "g"),
    }


def _duration(hours: float | None, most: float | None) -> JSON:
    """How long one dose takes, in whole hours where it can be, else in whole minutes: 5 min is no decimal of an hour."""
    if hours is None:
        return {}
    seconds = [round(of * 3600) for of in (hours, most if most is not None else hours)]
    unit, length = ("h", 3600) if not any(of % 3600 for of in seconds) else ("min", 60)
    shortest, longest = (number(of / length) for of in seconds)
    return {"duration": shortest, "durationMax": longest if longest != shortest else None, "durationUnit": unit}


def _by_day(about: About, option: JSON) -> JSON:
    """Elemental magnesium a day; how many times a day it is divided."""
    most = option["most"] or option
    day = quantity(1, "d")
    return {
        "text": option["text"],
        "timing": {"repeat": {"frequency": option["per_day"], "period": 1, "periodUnit": "d"}}
        if option["per_day"] and option["per_day"] == int(option["per_day"])
        else None,
        "route": words(about.said["ways"][option["way"]]),
        "maxDosePerPeriod": {"numerator": quantity(most["elemental_mg"], "mg"), "denominator": day}
        if most["elemental_mg"] is not None
        else None,
    }


def group(about: About, drafts: list[JSON]) -> JSON | None:
    """The options as a choice, so that nobody orders all of them."""
    if not drafts:
        return None
    titles = {option["key"]: option["title"] for option in about.answer["treatment"]["options"]}
    keys = {about.id("MedicationRequest", key): title for key, title in titles.items()}
    return about.resource(
        "RequestGroup",
        **DRAFT,
        subject=about.subject,
        authoredOn=about.answer["as_of"],
        author=about.ref("Device"),
        action=[
            {
                "title": about.said["fhir"]["options"],
                "selectionBehavior": "at-most-one",
                "action": [
                    {"title": keys[draft["id"]], "resource": {"reference": f"urn:uuid:{draft['id']}"}}
                    for draft in drafts
                ],
            }
        ],
    )


@cache
def _analytes() -> dict[str, str]:
    return {row["test"]: row["analyte"] for row in knowledge.load().tables["tests"].dicts() if row["analyte"]}


def services(about: About) -> Iterator[JSON]:
    """What to measure again and when, then the tests worth ordering, each with its reason."""
    for item in about.answer["follow_up"]:
        if item["what"]:
            yield _service(
                about,
                f"follow|{item['key']}|{item['what']}",
                item["what"],
                names().get(item["what"], item["what"]),
                item["because"],
                item["evidence"],
                occurrenceTiming=_timing(item),
            )
    for test in about.answer["tests"]:
        if test["worth"] and test["kind"] in ORDERED_KINDS:
            analyte = _analytes().get(test["test"])
            yield _service(about, f"test|{test['test']}", analyte, test["name"], test["because"], [])


def _service(
    about: About, key: str, analyte: str | None, text: str, because: str, evidence: list[JSON], **more: object
) -> JSON:
    return about.resource(
        "ServiceRequest",
        key,
        **DRAFT,
        code={"coding": order_code(analyte), "text": text},
        subject=about.subject,
        **more,
        authoredOn=about.answer["as_of"],
        requester=about.ref("Device"),
        reasonCode=[words(because)],
        reasonReference=references(evidence, "Observation", "Condition"),
    )


def _timing(item: JSON) -> JSON | None:
    text, every = when(item).strip(" ,"), item["every_hours"]
    if not text:
        return None
    repeat = {"frequency": 1, "period": number(every), "periodUnit": "h"} if every else None
    return {"repeat": repeat, "code": words(text)}


def care_plan(about: About, choice: JSON | None, orders: list[JSON]) -> JSON | None:
    """The plan as one draft: the choice, what goes with it, what to look at again, what was refused and why."""
    treatment, said = about.answer["treatment"], about.said["fhir"]
    doing = [option["text"] for option in treatment["options"] if option["way"] == "dialysate"]
    doing += [action["text"] for action in treatment["actions"]]
    watching = [item["because"] for item in about.answer["follow_up"] if not item["what"]]
    activities = [{"reference": {"reference": f"urn:uuid:{of['id']}"}} for of in ([choice] if choice else []) + orders]
    activities += [
        {"detail": {"status": "not-started", "description": text}} for text in dict.fromkeys(doing + watching)
    ]
    if not activities:
        return None
    low = about.answer["level"]["status"] == "low"
    return about.resource(
        "CarePlan",
        **DRAFT,
        title=said["plan_title"] if low else said["watch_title"],
        description=about.said["notice"],
        subject=about.subject,
        created=about.answer["as_of"],
        author=about.ref("Device"),
        supportingInfo=references(about.answer["level"]["decided_by"]),
        activity=activities,
        note=note(*_notes(about, treatment)),
    )


def _notes(about: About, treatment: JSON) -> Iterator[str]:
    said = about.said["fhir"]
    for row in treatment["refused"]:
        yield said["refused"].format(title=row["title"], because="; ".join(row["because"]))
    for row in treatment["guards"]:
        if row["state"] == "blocks":
            yield said["blocks"].format(name=row["name"], says=row["says"])
    unasked = [row["name"] for row in treatment["guards"] if row["state"] == "not_assessed"]
    if unasked:
        yield said["not_assessed"].format(names=", ".join(unasked))
    outlook = about.answer["outlook"]
    if outlook:
        yield outlook["text"]
        yield from (row["text"] for row in outlook["recovery"])
