"""The elements of FHIR R4 that several resources share, lifted as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from hypomag.read import times
from hypomag.read.fhir.reading import Reading, Unusable
from hypomag.read.json_text import Written

JSON = Mapping[str, Any]

SYSTEMS = {
    "http://loinc.org": "loinc",
    "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "http://www.whocc.no/atc": "atc",
    "urn:oid:2.16.840.1.113883.6.73": "atc",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10cm",
    "urn:oid:2.16.840.1.113883.6.90": "icd10cm",
    "http://hl7.org/fhir/sid/icd-9-cm": "icd9cm",
    "urn:oid:2.16.840.1.113883.6.103": "icd9cm",
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://hl7.org/fhir/sid/ndc": "ndc",
    "urn:oid:2.16.840.1.113883.6.69": "ndc",
}
UCUM = {"http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8"}
FIRST = {  # the system whose code stands with the fact, best first; further known ones become codings
    "observations": ("loinc", "snomed"),
    "orders": ("loinc", "snomed"),
    "medications": ("rxnorm", "atc", "snomed", "ndc"),
    "allergies": ("rxnorm", "atc", "snomed", "ndc"),
    "conditions": ("icd10cm", "icd9cm", "snomed"),
    "procedures": ("snomed", "icd10cm", "icd9cm"),
}
LOCAL = 99
RANKS = {
    table: {system: n for n, system in enumerate((*first, *sorted({*SYSTEMS.values()} - {*first})))}
    for table, first in FIRST.items()
}
COMPARATORS = {"<", "<=", ">=", ">"}
DAYS = {"s": 1 / 86400, "min": 1 / 1440, "h": 1 / 24, "d": 1, "wk": 7, "mo": 365.25 / 12, "a": 365.25}
SPELT = {
    f"{word}{end}": code
    for code, word in {"h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}.items()
    for end in ("", "s")
}
LONGEST = 9999 * DAYS["a"]  # days: no date of FHIR is further away, and an engine holds so many seconds
A_DAY = {  # HL7 v3 GTSAbbreviation, as Timing.code: doses a day
    "BID": 2.0, "TID": 3.0, "QID": 4.0, "AM": 1.0, "PM": 1.0, "BED": 1.0, "QD": 1.0, "QOD": 0.5,
    "Q1H": 24.0, "Q2H": 12.0, "Q3H": 8.0, "Q4H": 6.0, "Q6H": 4.0, "Q8H": 3.0, "WK": 1 / 7,
}  # fmt: skip


NoTime = tuple[None, None]
Others = tuple[tuple[str, str, str | None], ...]  # code, system, display
Concept = tuple[str | None, str | None, str | None, Others]  # code, system, text, further codes we know
NOTHING: Concept = (None, None, None, ())


def _system(coding: JSON) -> str:
    """The short name of its code system. Raises Unusable where the system is no text: its code is then nobody's."""
    written = coding.get("system")
    if written is not None and not isinstance(written, str):
        raise Unusable("the system of a coding must be text")
    return SYSTEMS.get(written or "", "local")


def concept(element: JSON | None, table: str) -> Concept:
    """A CodeableConcept: the code of the system that the table prefers, the text, and further known codes."""
    if element is None:
        return NOTHING
    codings = element.get("coding") or []
    if len(codings) == 1 and (code := codings[0].get("code")):
        only = codings[0].get
        return code, _system(codings[0]), element.get("text") or only("display"), ()
    ranks = RANKS[table]
    found: list[tuple[int, int, str, str, str | None]] = []
    display = None
    for coding in codings:
        display = display or coding.get("display")
        if code := coding.get("code"):
            system = _system(coding)
            found.append((ranks.get(system, LOCAL), len(found), code, system, coding.get("display")))
    text = element.get("text")
    if not found:
        return None, None, text or display, ()
    found.sort()
    _, _, code, system, best = found[0]
    others = tuple([(code, system, shown) for rank, _, code, system, shown in found[1:] if rank != LOCAL])
    return code, system, text or best or display, others


def first_code(elements: Any) -> str | None:
    """The first code (else the text) of a CodeableConcept or of a list of them."""
    for element in [elements] if isinstance(elements, dict) else elements or ():
        for coding in element.get("coding") or ():
            if coding.get("code"):
                return coding["code"]
        if element.get("text"):
            return element["text"]
    return None


def shown(element: JSON | None) -> str | None:
    """A CodeableConcept for people: its text, else the display or code of a coding."""
    if element is None:
        return None
    if text := element.get("text"):
        return text
    for coding in element.get("coding") or ():
        if coding.get("display"):
            return coding["display"]
    return first_code(element)


def number(value: Any) -> float | None:
    """A JSON number as a float; None for none. Raises TypeError for anything else, infinity included."""
    if value is None:
        return None
    kind = type(value)
    if kind is not Written and kind is not int and kind is not float:
        raise TypeError
    try:
        held = float(value)
    except OverflowError:
        raise TypeError from None
    if held - held != 0:
        raise TypeError
    return held


def quantity(
    reading: Reading, element: JSON, name: str
) -> tuple[float | None, str | None, str | None, str | None, str | None]:
    """value, value_text, unit for people, UCUM unit, comparator of a Quantity.

    A code of another system than UCUM counts as written for people. A comparator we do not know takes the number
    away.
    """
    get = element.get
    written = get("value")
    value = float(written) if type(written) is Written else number(written)  # a Written can be held
    value_text = None if value is None else str(written)
    unit_text, unit = get("unit"), None
    if type(unit_text) is Written:  # a number where a word must stand
        raise TypeError
    if code := get("code"):
        if get("system") in UCUM:
            unit = code
        else:
            unit_text = unit_text or code
    comparator = get("comparator")
    if comparator is not None:
        value_text = f"{comparator}{value_text or ''}"
        if comparator not in COMPARATORS:
            reading.leave_out(f"{name}.comparator", "is none of < <= >= >; the number is not used")
            value = comparator = None
    return value, value_text, unit_text, unit, comparator


def plain(element: JSON | None) -> tuple[float | None, str | None]:
    """Number and unit of a Quantity that may carry no comparator here (a dose, a limit of a range)."""
    if not element:
        return NOTHING_PLAIN
    get = element.get
    if get("comparator") is not None:
        return NOTHING_PLAIN
    value = get("value")
    return float(value) if type(value) is Written else number(value), get("unit") or get("code")


NOTHING_PLAIN = (None, None)


def moment(reading: Reading, text: Any, name: str) -> times.Time | NoTime:
    """A date, dateTime or instant. What is no time is left out and said; a clock without a zone keeps its day."""
    if text is None:
        return None, None
    known = reading.times.get(text)
    if known is None:
        if not isinstance(text, str):
            raise TypeError
        try:
            known = reading.times[text] = times.parse(text)
        except times.NoZone as wrong:
            reading.leave_out(name, f"{wrong}; only its day is used")
            return wrong.day
        except (ValueError, OverflowError) as wrong:
            reading.leave_out(name, str(wrong))
            return None, None
    return known


def known_since(reading: Reading, text: Any, name: str) -> int | None:
    """When a fact was recorded; of a partial date the first second, so that what was recorded today is known today."""
    middle, precision = moment(reading, text, name)
    if middle is None or precision == "second":
        return middle
    last = times.last_second(text if len(text) <= 10 else text[:10])
    return 2 * middle - last - 1


def end_of(reading: Reading, text: Any, name: str) -> int | None:
    """The last second of a date or dateTime: in FHIR the end of a period is part of it."""
    if moment(reading, text, name)[0] is None:
        return None
    try:
        return times.last_second(text)
    except times.NoZone as wrong:
        return times.last_second(text[:10]) if wrong.day else None


Span = tuple[int | None, str | None, int | None]


def span(reading: Reading, resource: JSON, name: str) -> Span:
    """start, its precision and the end of `name`[x]: dateTime, Instant, Period, Timing, Age, Range or string."""
    if (text := resource.get(f"{name}DateTime") or resource.get(f"{name}Instant")) is not None:
        return *moment(reading, text, f"{name}DateTime"), None
    if (period := resource.get(f"{name}Period")) is not None:
        return between(reading, period, f"{name}Period")
    if (timing := resource.get(f"{name}Timing")) is not None:
        events = sorted(timing.get("event") or ())
        if events:
            last = end_of(reading, events[-1], f"{name}Timing.event") if len(events) > 1 else None
            return *moment(reading, events[0], f"{name}Timing.event"), last
        return between(reading, (timing.get("repeat") or {}).get("boundsPeriod"), f"{name}Timing.repeat")
    if (age := resource.get(f"{name}Age")) is not None and reading.who.birth is not None:
        years, unit = plain(age)
        if years is not None and abs(years) * DAYS["a"] <= LONGEST and unit in ("a", "year", "years", "yr", "y"):
            return reading.who.birth + int((int(years) + 0.5) * 365.25 * times.DAY), "year", None
    if (text := resource.get(f"{name}String")) is not None:
        try:
            return *times.parse(text.strip()), None
        except ValueError:
            return None, None, None
    return None, None, None


def between(reading: Reading, period: JSON | None, name: str) -> Span:
    """start, its precision and the last second of a Period. One that ends before it starts loses its end."""
    if not period:
        return None, None, None
    start, precision = moment(reading, period.get("start"), f"{name}.start")
    until = end_of(reading, period.get("end"), f"{name}.end")
    if start is not None and until is not None and until < start:
        reading.leave_out(f"{name}.end", "ends before it starts")
        until = None
    return start, precision, until


def dosage(reading: Reading, instructions: Any) -> dict[str, Any]:
    """Columns of a medication from Dosage elements. Numbers only where there is one plain instruction."""
    usable = []
    for instruction in instructions or ():
        if "modifierExtension" in instruction or "modifierExtension" in (instruction.get("timing") or ()):
            reading.leave_out("dosage.modifierExtension", "a modifier we do not understand; this dosage is not used")
        else:
            usable.append(instruction)
    if len(usable) != 1:
        routes = {shown(one.get("route")) for one in usable}
        said = "; ".join([one["text"] for one in usable if one.get("text")])
        return {"dose_text": said or None, "route": routes.pop() if len(routes) == 1 else None}
    get = usable[0].get
    columns = {"dose_text": get("text"), "route": shown(get("route"))}
    amounts = get("doseAndRate") or []
    if len(amounts) == 1:
        amount = amounts[0]
        columns["dose"], columns["dose_unit"] = plain(amount.get("doseQuantity"))
        columns["rate"], columns["rate_unit"] = rate(amount)
    if timing := get("timing"):
        repeat = timing.get("repeat") or {}
        columns["duration_text"] = duration(repeat.get("boundsDuration"))
        if not get("asNeededBoolean") and get("asNeededCodeableConcept") is None:
            columns["frequency"] = _frequency(repeat, timing.get("code"))
    return columns


def rate(element: JSON) -> tuple[float | None, str | None]:
    """rateQuantity as it is; rateRatio as its quotient, whose unit is "mL/h" or, where it is by 8 h, "mL/8 h"."""
    if element.get("rateRatio") is None:
        return plain(element.get("rateQuantity"))
    above, unit = plain(element["rateRatio"].get("numerator"))
    below, per = plain(element["rateRatio"].get("denominator"))
    if above is None or not below:
        return None, None
    return above, f"{unit or ''}/{per}" if below == 1 else f"{unit or ''}/{below:g} {per}"


def duration(quantity: JSON | None) -> str | None:
    """A Duration or SimpleQuantity of time as it is written: "30 d"."""
    if not quantity or quantity.get("value") is None:
        return None
    unit = quantity.get("unit") or quantity.get("code") or ""
    return f"{quantity['value']} {unit}".strip()


def supply(reading: Reading, quantity: JSON | None) -> int | None:
    """daysSupply in seconds: days where it has no unit, as its name says. What is no length of time is left out."""
    value, unit = plain(quantity)
    if value is None:
        return None
    named = (unit or "d").strip().lower()
    days = DAYS.get(SPELT.get(named, named))
    if days is None or not 0 < value * days <= LONGEST:
        reading.leave_out("daysSupply", f"no length of time: {duration(quantity)}")
        return None
    return int(value * days * times.DAY)


def _frequency(repeat: JSON, code: JSON | None) -> float | None:
    """Doses a day, where the timing says it without a range."""
    period, unit = number(repeat.get("period")), repeat.get("periodUnit")
    if period and unit in DAYS and repeat.get("frequencyMax") is None and repeat.get("periodMax") is None:
        often = number(repeat.get("frequency"))
        return (1.0 if often is None else often) / (period * DAYS[unit])
    if code and not period:
        named = first_code(code)
        return A_DAY.get(named.upper()) if named else None
    return None


def required(resource: JSON, name: str, allowed: Set[str]) -> str:
    """A required code, as FHIR defines it. Raises Unusable where it is missing or not one of the allowed."""
    code: str | None = resource.get(name)
    if code is not None and code in allowed:
        return code
    if code is None:
        raise Unusable(f"{name} is missing; FHIR requires it because it changes what the resource means")
    raise Unusable(f"{name} is not one of {', '.join(sorted(allowed))}")
