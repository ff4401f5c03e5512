"""Structure-aware mutation of Bundles, and what a spoilt Bundle still means to the independent grader."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from hypomag.diff.people import NOW
from tests.grader import grader

Json = dict[str, Any]
UNITS = (
    "mg/dL",
    "mg/L",
    "mmol/L",
    "mEq/L",
    "umol/L",
    "MG/DL",
    "mmol/l",
    "meq/L",
    "mval/L",
    "g/L",
    "mg",
    "%",
    "",
    "U/L",
)
CODES = ("19123-9", "2601-3", "19124-7", "2597-3", "2160-0", "2823-3", "99999-9")
STATUS = {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
WRONG = (None, True, 5, -1.5, "x", "", [], {}, [None], {"value": 1}, 10**400, "1.2", "\u0000", "NaN")
SERIOUS = ("19123-9", "2601-3", "2160-0")


def _target(r: Random, bundle: Json) -> Json:
    """A resource to spoil: mostly one that matters."""
    resources = [e["resource"] for e in bundle["entry"] if isinstance(e, dict) and isinstance(e.get("resource"), dict)]
    weights = [8 if grader.coded(o) & set(SERIOUS) else 1 for o in resources]
    return r.choices(resources, weights)[0]


def _quantity(r: Random, bundle: Json) -> Json:
    holders = [e["resource"] for e in bundle["entry"] if isinstance(e["resource"].get("valueQuantity"), dict)]
    holders = [o for o in holders if grader.coded(o) & set(SERIOUS)] or holders
    return r.choice(holders)["valueQuantity"] if holders else {}


def _drop(r: Random, bundle: Json) -> None:
    place = _inside(r, _target(r, bundle))
    if place:
        del place[r.choice(list(place))]


def _retype(r: Random, bundle: Json) -> None:
    place = _inside(r, _target(r, bundle))
    if place:
        place[r.choice(list(place))] = copy.deepcopy(r.choice(WRONG))


def _inside(r: Random, resource: Json) -> Json:
    """The resource or an object within it."""
    found: list[Json] = []
    waiting: list[Any] = [resource]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found.append(one)
        waiting += list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
    return r.choice(found)


def _swap_unit(r: Random, bundle: Json) -> None:
    quantity, unit = _quantity(r, bundle), r.choice(UNITS)
    for key in r.choice((("unit",), ("code",), ("unit", "code"))):
        quantity[key] = unit


def _shift(r: Random, bundle: Json) -> None:
    quantity = _quantity(r, bundle)
    if isinstance(quantity.get("value"), (int, float)):
        quantity["value"] = round(quantity["value"] * r.choice((0.01, 0.1, 10, 100)), 6)


def _sign(r: Random, bundle: Json) -> None:
    quantity = _quantity(r, bundle)
    if isinstance(quantity.get("value"), (int, float)):
        quantity["value"] = -quantity["value"]


def _comma(r: Random, bundle: Json) -> None:
    quantity = _quantity(r, bundle)
    quantity["value"] = str(quantity.get("value")).replace(".", ",")


def _comma_text(r: Random, bundle: Json) -> None:
    resource = _target(r, bundle)
    if quantity := resource.pop("valueQuantity", None):
        resource["valueString"] = f"{quantity.get('value')} {quantity.get('unit')}".replace(".", ",")


def _comparator(r: Random, bundle: Json) -> None:
    _quantity(r, bundle)["comparator"] = r.choice(("<", "<=", ">", ">=", "~", "ad", ""))


def _code(r: Random, bundle: Json) -> None:
    resource = _target(r, bundle)
    if isinstance(resource.get("code"), dict) and resource["code"].get("coding"):
        resource["code"]["coding"][0]["code"] = r.choice(CODES)


def _status(r: Random, bundle: Json) -> None:
    _target(r, bundle)["status"] = r.choice((*STATUS, "FINAL", "nope"))


def _subject(r: Random, bundle: Json) -> None:
    _target(r, bundle)["subject"] = r.choice(({"reference": "Patient/q"}, {"display": "p"}, {"reference": "#p"}))


def _time(r: Random, bundle: Json) -> None:
    later = (NOW + timedelta(days=r.choice((-400, -3, 3, 4000)))).isoformat()
    texts = (later, "2026", "2026-03", "2026-03-10", "2026-03-10T09:00:00", "10.03.2026", "2026-13-45", "now", "")
    _target(r, bundle)["effectiveDateTime"] = r.choice(texts)


def _twice(r: Random, bundle: Json) -> None:
    again = copy.deepcopy(_target(r, bundle))
    if isinstance(again.get("valueQuantity"), dict) and isinstance(again["valueQuantity"].get("value"), (int, float)):
        again["valueQuantity"]["value"] = round(again["valueQuantity"]["value"] * r.uniform(0.2, 4), 4)
        again["id"] = "again"
        bundle["entry"].append({"resource": again})


def _range(r: Random, bundle: Json) -> None:
    unit = r.choice(("mg/dL", "mmol/L", "mEq/L", "umol/L"))
    low, high = r.choice(((1.7, 2.4), (0.7, 1.0), (2.4, 1.7), (700, 1000), (-1, 0)))
    _target(r, bundle)["referenceRange"] = [
        {"low": {"value": low, "unit": unit}, "high": {"value": high, "unit": unit}}
    ]


def _modifier(r: Random, bundle: Json) -> None:
    _target(r, bundle)[r.choice(("modifierExtension", "implicitRules"))] = [{"url": "urn:x", "valueBoolean": True}]


KINDS: tuple[Callable[[Random, Json], None], ...] = (
    *(_drop, _retype, _swap_unit, _shift, _sign, _comma, _comma_text, _comparator, _code, _status, _subject, _time),
    *(_twice, _range, _modifier),
)


def spoil(r: Random, bundle: Json) -> tuple[Json, str]:
    """A copy with one to three mutations, and their names."""
    bundle, names = copy.deepcopy(bundle), []
    for kind in r.choices(KINDS, k=r.choice((1, 1, 1, 2, 3))):
        try:
            kind(r, bundle)
        except (TypeError, AttributeError, KeyError):
            continue  # the place is spoilt already
        names.append(kind.__name__)
    return bundle, " ".join(names)


def still_means(bundle: Json) -> Json | None:
    """The Bundle as the grader may read it, or None where it names no one patient and must be refused.

    A result whose subject or test cannot be told is nobody's. One with anything wrong stands without a value.
    """
    resources = [e.get("resource") for e in bundle["entry"]]
    resources = copy.deepcopy(resources)
    people = [o for o in resources if isinstance(o, dict) and o.get("resourceType") == "Patient"]
    if len(people) > 1 or any(isinstance(o.get("id"), str) and o["id"] not in ("p", "") for o in people):
        return None
    kept: list[Json] = [_person(people[0] if people else {})]
    for o in resources:
        if isinstance(o, dict) and o.get("resourceType") == "Observation" and _is_theirs(o) and _tests(o):
            kept.append(_result(o))
        elif isinstance(o, dict) and o.get("resourceType") in ("Condition", "Encounter"):
            kept.append(o)
    return {"resourceType": "Bundle", "entry": [{"resource": o} for o in kept]}


def plan_is_judged(bundle: Json, before: Json) -> bool:
    """Whether diseases and stays are as they were: what a spoilt one means is not for the grader to say."""
    rest = [
        [o for e in b["entry"] if (o := e["resource"]).get("resourceType") != "Observation"] for b in (bundle, before)
    ]
    return rest[0] == rest[1]


def _person(o: Json) -> Json:
    born = o.get("birthDate")
    sound = isinstance(born, str) and len(born) == 10 and "modifierExtension" not in o and "implicitRules" not in o
    kept = {"birthDate": born, "gender": o.get("gender")} if sound else {}
    return {"resourceType": "Patient", "id": "p"} | kept


def _is_theirs(o: Json) -> bool:
    return isinstance(o.get("subject"), dict) and o["subject"].get("reference") == "Patient/p"


def _tests(o: Json) -> bool:
    """Whether it names its test, by a code or else by a text."""
    code = o.get("code")
    codings = code.get("coding") if isinstance(code, dict) else None
    codes = [c.get("code") for c in codings if _is_loinc(c)] if isinstance(codings, list) else []
    if any(c in (*CODES[:-1], "98979-8", "29463-7") for c in codes if isinstance(c, str)):
        if not _is_well_formed(code):
            o.pop("valueQuantity", None)
        return True
    quantity = o.get("valueQuantity")
    unit = quantity.get("unit") if isinstance(quantity, dict) else None
    magnesium = "19123-9" if unit in ("mg/dL", "mg/L", "MG/DL") else "2601-3"  # words say nothing of mass or moles
    known = {"Magnesium": magnesium, "Creatinine": "2160-0", "eGFR": "98979-8", "Body weight": "29463-7"}
    if not isinstance(code, dict) or not isinstance(code.get("text"), str) or code["text"] not in known:
        return False
    if not _is_well_formed(code):
        o.pop("valueQuantity", None)
    o["code"] = {"coding": [{"code": known[code["text"]]}]}
    return True


def _is_loinc(coding: Any) -> bool:
    return isinstance(coding, dict) and coding.get("system") == "http://loinc.org"


def _result(o: Json) -> Json:
    status = o.get("status")
    if not isinstance(status, str) or status not in STATUS:
        status = "unknown"
    kept = {"resourceType": "Observation", "status": status, "code": o["code"]}
    if isinstance(o.get("effectiveDateTime"), str):
        kept["effectiveDateTime"] = o["effectiveDateTime"]
    if _is_sound(o) and status != "unknown" and (unit := _unit(o["valueQuantity"])):
        o["valueQuantity"] |= {"unit": unit, "code": unit}
        if (limits := _limits(o)) is not None:
            kept |= {"valueQuantity": o["valueQuantity"]} | ({"referenceRange": limits} if limits else {})
    return kept


def _is_well_formed(code: Any) -> bool:
    """Whether code and text may be lifted; a code or system of a wrong but printable type is one nobody knows."""
    codings = code.get("coding") or []
    if not isinstance(codings, list) or not all(isinstance(c, dict) for c in codings):
        return False
    texts = [code.get("text"), *(c.get("code") for c in codings)]
    texts += [c.get("system") for c in codings if isinstance(c.get("system"), (dict, list, bool))]
    return not any(text and isinstance(text, (dict, list, int)) for text in texts)


def _is_sound(o: Json) -> bool:
    """Whether the number may be read as it stands."""
    q = o.get("valueQuantity")
    if not isinstance(q, dict) or set(o) & {"modifierExtension", "implicitRules", "dataAbsentReason", "valueString"}:
        return False
    number = q.get("value")
    if isinstance(number, bool) or not isinstance(number, (int, float)) or abs(number) > 1e12:
        return False
    if not all(isinstance(q.get(key) or "", str) for key in ("unit", "code", "comparator")):
        return False
    return (q.get("comparator") or "") in ("", "<", "<=", ">", ">=")


def _unit(q: Json) -> str | None:
    """The unit that code and text agree on. A text that is no unit at all leaves the code, which is for machines."""
    units = (*MMOL, "kg", "mL/min/{1.73_m2}")
    text, code = (SAME.get(q.get(key) or "", q.get(key) or "") for key in ("unit", "code"))
    if code:
        return code if code in units and (text == code or text not in units) else None
    return text if text in units else None


def _limits(o: Json) -> list[Json] | None:
    """The printed range in the unit of the result, [] where none can be read, None where it puts the unit in doubt."""
    if not o.get("referenceRange") or not grader.coded(o) & set(grader.SERUM):
        return []
    own = o["valueQuantity"]["unit"]
    try:
        (one,) = o["referenceRange"]
        ends = {end: one[end] for end in ("low", "high") if one.get(end)}
        units = {str(e.get("unit") or e.get("code") or "") for e in ends.values()} - {""}
        values = {end: e["value"] for end, e in ends.items()}
        if any(isinstance(v, bool) or abs(v) > 1e12 for v in values.values()):
            return None
        if len(units) > 1 or not (units or {own}) <= set(MMOL):
            return []
        unit = next(iter(units), own)
        if "low" in values and not 0.4 < values["low"] / MMOL[unit] < 0.9:
            return None if any(0.4 < values["low"] / other < 0.9 for other in MMOL.values()) else []
        if "high" in values and values["high"] <= values.get("low", 0):
            return []
        return [{end: {"value": round(v * MMOL[own] / MMOL[unit], 9), "unit": own} for end, v in values.items()}]
    except KeyError:
        return []
    except (TypeError, ValueError, AttributeError):
        return None  # of a wrong type: the whole result is rejected


MMOL = {"mg/dL": 2.4305, "mg/L": 24.305, "mEq/L": 2.0, "umol/L": 1000.0, "mmol/L": 1.0}  # of one mmol/L magnesium
SAME = {"meq/L": "mEq/L", "MG/DL": "mg/dL", "mmol/l": "mmol/L", "mval/L": "mEq/L"}
