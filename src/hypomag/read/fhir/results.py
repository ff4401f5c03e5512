"""Observation: results, vital signs, findings, and their reference ranges."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypomag.read import times, written
from hypomag.read.fhir import elements
from hypomag.read.fhir.elements import NOTHING, Concept, concept, moment, number, plain, required
from hypomag.read.fhir.reading import JSON, Reading, Unusable

STATUS = {
    "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
}  # fmt: skip
OTHER_VALUES = {
    "valueString", "valueCodeableConcept", "valueInteger", "valueBoolean", "valueRange", "valueRatio",
    "valueSampledData", "valueTime", "valueDateTime", "valuePeriod",
}  # fmt: skip
NOT_PLAIN = frozenset(OTHER_VALUES | {"dataAbsentReason", "interpretation"})
REMARKS = frozenset(["note", "dataAbsentReason", "bodySite", "specimen"])
ONLY_LIMITS = {"low", "high", "text"}
LEVELS = {"L", "LL", "LU", "L<", "H", "HH", "HU", "H>", "N", "A", "AA", "<", ">"}  # interpretations that grade
PRESENCE = {
    "present": "present", "yes": "present", "true": "present", "absent": "absent", "no": "absent",
    "false": "absent", "unknown": "unknown",
}  # fmt: skip
SEXES = {"male": "male", "m": "male", "248153007": "male", "female": "female", "f": "female", "248152002": "female"}
YEARS = {"a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25, "years": 1.0, "yr": 1.0, "months": 1 / 12}
# The mark that a laboratory sets behind a number and its unit: "1.1 mg/dL L", "0.4 mmol/L (LL)", "1.1 mg/dL *".
FLAGGED = re.compile(r"(.*\d\s*(?:[^\W\d_]\S*|%))\s+[\[(]?(?:LL?|HH?|low|high|\*)[\])]?", re.IGNORECASE)
UNSEEN = "unknown specimen"  # the source names one that cannot be looked up

Value = tuple[float | None, str | None, str | None, str | None, str | None]  # as elements.quantity gives it
Found = tuple[Value, str | None, str | None]  # value, interpretation, presence
NO_VALUE: Value = (None, None, None, None, None)
NO_RESULT: Found = (NO_VALUE, None, None)
T = TypeVar("T")
When = tuple[str, int | None, str | None, int | None, int | None]
Limits = tuple[float | None, float | None, str | None]
NO_LIMITS: Limits = (None, None, None)


def observation(reading: Reading, resource: JSON) -> None:
    get = resource.get
    status = required(resource, "status", STATUS)
    start: int | None
    precision: str | None
    until: int | None
    if (text := get("effectiveDateTime")) is not None:
        (start, precision), until = moment(reading, text, "effectiveDateTime"), None
    else:
        start, precision, until = elements.span(reading, resource, "effective")
    when = status, start, precision, until, moment(reading, get("issued"), "issued")[0]
    sample = specimen(reading, get("specimen")) if "specimen" in resource else None
    order = answered(reading, get("basedOn")) if "basedOn" in resource else None
    parts = get("component") or ()
    found = result(reading, resource, "")
    if found is not None or not (parts or get("hasMember")):  # the head of a panel is no result
        said = concept(get("code"), "observations")
        if said is NOTHING:
            raise Unusable("has no code: it names no test")
        limits = reference_range(reading, get("referenceRange"), start)
        _add(reading, when, said, found or NO_RESULT, limits, sample, order, remarks(reading, resource))
    for n, part in enumerate(parts):
        if "modifierExtension" in part:
            reading.leave_out(f"component[{n}]", "a modifierExtension we do not understand")
            continue
        said = concept(part.get("code"), "observations")
        found = result(reading, part, f"component[{n}].") or NO_RESULT
        limits = reference_range(reading, part.get("referenceRange"), start)
        _add(reading, when, said, found, limits, sample, order, elements.shown(part.get("dataAbsentReason")))


def unread(reading: Reading, resource: JSON, reason: str) -> None:
    """A result that was rejected stands without a value and of unknown status: it may be the newest of its test.

    What of its code, time and specimen cannot be read either stays unknown; without a code nothing stands.
    """
    start = _tried(lambda: moment(reading, resource.get("effectiveDateTime"), "effectiveDateTime")) or (None, None)
    sample = _tried(lambda: specimen(reading, resource.get("specimen")))
    when = "unknown", *start, None, None

    def stands(code: JSON | None) -> bool:
        said = concept(code, "observations")
        if said is not NOTHING:
            _add(reading, when, said, NO_RESULT, NO_LIMITS, sample, None, reason)
        return True

    _ = (
        _tried(lambda: stands(resource.get("code")))
        or _tried(lambda: stands({"coding": resource["code"]["coding"]}))
        or _tried(lambda: stands({"text": resource["code"]["text"]}))
    )


def _tried(lift: Callable[[], T]) -> T | None:
    try:
        return lift()
    except (Unusable, AttributeError, TypeError, KeyError, ValueError):
        return None


def _add(
    reading: Reading, when: When, said: Concept, found: Found, limits: Limits, sample: str | None,
    order: str | None, note: str | None,
) -> None:  # fmt: skip
    """One row, complete and in the order of its table: these are most of what a record holds."""
    status, start, precision, until, known_at = when
    code, system, text, others = said
    (value, value_text, unit_text, unit, comparator), flag, presence = found
    low, high, ref_unit = limits
    if sample is UNSEEN and system == "loinc":
        sample = None  # the code itself names the specimen
    fact = {
        "patient": reading.who.id, "row": None, "source_ref": reading.ref, "file": reading.file or "",
        "line": reading.line, "status": status, "start": start, "start_precision": precision or "",
        "until": until, "known_at": known_at, "code": code or "", "system": system or "", "text": text or "",
        "specimen": sample or "", "value": value, "value_text": value_text or "", "unit_text": unit_text or "",
        "unit": unit or "", "comparator": comparator or "", "ref_low": low, "ref_high": high,
        "ref_unit": ref_unit or "", "flag": flag or "", "presence": presence or "", "order_ref": order or "",
        "note": note or "",
    }  # fmt: skip
    # Numbers, times and codes of FHIR's own are checked where they are lifted; a TypeError where these are no text.
    "".join(
        (code or "", text or "", sample or "", unit_text or "", unit or "", ref_unit or "", value_text or "",
         note or "", flag or "")
    )  # fmt: skip
    reading.record.tables["observations"].append(fact)
    if others:
        reading.add_codings(fact, others)


def result(reading: Reading, holder: JSON, at: str) -> Found | None:
    """value[x] and interpretation; None where there is neither, nor a reason for its absence."""
    element = holder.get("valueQuantity")
    value = None if element is None else elements.quantity(reading, element, f"{at}valueQuantity")
    if NOT_PLAIN.isdisjoint(holder):
        return None if value is None else (value, None, None)
    presence = flag = None
    others = [kind for kind in OTHER_VALUES if kind in holder]
    if len(others) + (value is not None) > 1:
        raise Unusable(f"{at}value[x] is given twice, in two types")
    if others:
        value, presence = _other_value(reading, holder, at)
    if holder.get("dataAbsentReason") is not None:
        if value is not None:
            reading.leave_out(f"{at}value[x]", "stands beside a dataAbsentReason, so it is not used")
        value, presence = NO_VALUE, None
    if interpretation := holder.get("interpretation"):
        flag = interpreted(reading, interpretation, at)
    return None if value is None and flag is None else (value or NO_VALUE, flag, presence)


def _other_value(reading: Reading, holder: JSON, at: str) -> tuple[Value, str | None]:
    """value[x] of any type but Quantity, and the presence it says."""
    if (text := holder.get("valueString")) is not None:
        return worded(text), None
    if (word := holder.get("valueCodeableConcept")) is not None:
        said = elements.shown(word)
        return _words(said), PRESENCE.get((said or "").lower())
    if (whole := holder.get("valueInteger")) is not None:
        return (number(whole), str(whole), None, None, None), None
    if (yes := holder.get("valueBoolean")) is not None:
        if yes is not True and yes is not False:
            raise TypeError
        return _words(str(yes).lower()), "present" if yes else "absent"
    if (span := holder.get("valueRange")) is not None:
        (low, unit), (high, other) = plain(span.get("low")), plain(span.get("high"))
        ends = "-".join("" if end is None else f"{end:g}" for end in (low, high))
        return (None, f"{ends} {unit or other or ''}".strip(), unit or other, None, None), None
    if (ratio := holder.get("valueRatio")) is not None:
        ends = ":".join(str((ratio.get(end) or {}).get("value", "")) for end in ("numerator", "denominator"))
        return _words(ends), None
    for kind in ("valueTime", "valueDateTime"):
        if holder.get(kind) is not None:
            return _words(holder[kind]), None
    reading.leave_out(f"{at}value[x]", "a waveform or period is not read")
    return NO_VALUE, None


def _words(text: str | None) -> Value:
    return None, text, None, None, None


def worded(text: str) -> Value:
    """A result given as text: "<0.5 mg/dL" or "1.1 mg/dL (L)" taken apart, "haemolysed" as it is."""
    found = written.result(_unflagged(text.strip()))
    if found is None or found.range is not None:
        return _words(text)
    return found.value, f"{found.comparator or ''}{found.value_text}", found.unit, None, found.comparator


def _unflagged(text: str) -> str:
    found = FLAGGED.fullmatch(text)
    return found[1] if found else text


def interpreted(reading: Reading, interpretations: Sequence[JSON], at: str) -> str | None:
    """The interpretation that grades the value (L, H, N ...), else the first as written. Two that grade: none."""
    said = [one for one in map(elements.first_code, interpretations) if one]
    levels = {one for one in said if one in LEVELS}
    if len(levels) > 1:
        reading.leave_out(f"{at}interpretation", f"says several things: {', '.join(sorted(levels))}")
        return None
    return next(iter(levels), said[0] if said else None)


def specimen(reading: Reading, reference: JSON | None) -> str | None:
    """The type of the specimen as the source says it; UNSEEN where one is named but cannot be looked up."""
    if not reference:
        return None
    found = reading.find(reference)
    if found is not None and found.get("resourceType") == "Specimen":
        if found.get("status") == "entered-in-error" or "modifierExtension" in found or "implicitRules" in found:
            reading.leave_out("specimen", "entered in error, or with a modifier we do not understand")
            return UNSEEN
        return elements.shown(found.get("type")) or UNSEEN
    return reference.get("display") or UNSEEN


def answered(reading: Reading, based_on: Sequence[JSON] | None) -> str | None:
    """The first ServiceRequest that the result answers."""
    for reference in based_on or ():
        name = reading.name_of(reference)
        if name and name.startswith("ServiceRequest/"):
            return name
    return None


def remarks(reading: Reading, holder: JSON) -> str | None:
    """Comments, the reason for an absent value, body site and condition of the sample, as one note."""
    if REMARKS.isdisjoint(holder):
        return None
    words = [note.get("text") for note in holder.get("note") or ()]
    words += [elements.shown(holder.get(name)) for name in ("dataAbsentReason", "bodySite")]
    sample = reading.find(holder.get("specimen")) or {}
    if sample.get("status") in ("unsatisfactory", "unavailable"):
        words.append(f"specimen {sample['status']}")
    words += [elements.shown(one) for one in sample.get("condition") or ()]
    return "; ".join([word for word in words if word]) or None


def reference_range(reading: Reading, ranges: Sequence[JSON] | None, at: int | None) -> Limits:
    """Lower and upper limit and unit of the range that is this patient's, where there is exactly one."""
    if not ranges:
        return NO_LIMITS
    plainly = len(ranges) == 1 and ranges[0].keys() <= ONLY_LIMITS
    usable = ranges if plainly else [one for one in ranges if _usable(reading, one)]
    if len(usable) > 1:
        usable = [one for one in usable if _mine(reading, one, at)]
        named = [one for one in usable if one.get("appliesTo") or one.get("age")]
        usable = named or usable
    if len(usable) != 1:
        if usable:
            reading.leave_out("referenceRange", "several ranges, and nothing says which is this patient's")
        return NO_LIMITS
    low, high = usable[0].get("low"), usable[0].get("high")
    if low is None and high is None:
        return written.reference(usable[0].get("text") or "") or NO_LIMITS
    low_value, low_unit = plain(low)
    high_value, high_unit = plain(high)
    if low_unit and high_unit and low_unit != high_unit:
        reading.leave_out("referenceRange", "its two ends have different units")
        return NO_LIMITS
    return low_value, high_value, low_unit or high_unit


def _usable(reading: Reading, one: JSON) -> bool:
    """Whether this is a range of what is normal, without a modifier we do not understand."""
    if "modifierExtension" in one:
        reading.leave_out("referenceRange.modifierExtension", "a modifier we do not understand; not used")
        return False
    kind = one.get("type")
    return kind is None or elements.first_code(kind) in (None, "normal")


def _mine(reading: Reading, one: JSON, at: int | None) -> bool:
    """Whether a range among several may be this patient's: by sex where both say it, by age where it is known.

    A range for people we cannot tell about (pregnant, another age while the birth is unknown) is not.
    """
    for target in one.get("appliesTo") or ():
        words = {elements.shown(target), *(c.get("code") for c in target.get("coding") or ())}
        sexes = {SEXES[word.lower()] for word in words if word and word.lower() in SEXES}
        if sexes != {reading.who.sex}:
            return False
    if one.get("age"):
        if reading.who.birth is None or at is None:
            return False
        (low, low_unit), (high, high_unit) = plain(one["age"].get("low")), plain(one["age"].get("high"))
        years = (at - reading.who.birth) / (365.25 * times.DAY)
        if low is not None and not years >= low * YEARS.get(low_unit or "", float("nan")):
            return False
        if high is not None and not years <= high * YEARS.get(high_unit or "", float("nan")):
            return False
    return True
