"""The same person as a form, as a published case and as FHIR gives the same sealed record."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.read.people import ICD10, concept

from hypomag.read import read
from hypomag.record import WHERE_FROM, Record

TIMES_A_DAY = {"daily": 1, "twice daily": 2, "three times daily": 3}
VITALS = {"qtc_ms": ("qtc", "QTc", "ms"), "hr": ("heart_rate", "heart rate", "/min")}


@dataclass
class Lab:
    test: str
    unit: str | None
    specimen: str
    day: int
    number: str | None = None  # digits as written
    comparator: str = ""
    word: str | None = None
    flag: tuple[str, str] | None = None  # how a case and how a laboratory says it
    low: str | None = None
    high: str | None = None


@dataclass
class Person:
    age: int
    unit: str
    sex: str
    pregnant: bool | None = None
    weight: str | None = None
    labs: list[Lab] = field(default_factory=list)
    drugs: list[tuple[str, str | None, str | None, str | None, str | None]] = field(default_factory=list)
    conditions: list[tuple[str, str | None]] = field(default_factory=list)
    symptoms: list[str] = field(default_factory=list)
    rhythm: str | None = None
    vitals: dict[str, str] = field(default_factory=dict)


def digits(text: str | None) -> str | None:
    """A number that `written` will print with these very digits."""
    return None if text is None else f"@{text}"


def written(document: Any) -> bytes:
    return re.sub(r'"@([^"]+)"', r"\1", json.dumps(document)).encode()


def day(days: int) -> str:
    return (date(2001, 1, 1) + timedelta(days=days)).isoformat()


def dose_text(dose: str | None, often: str | None) -> str | None:
    return " ".join(filter(None, [dose, often])) or None


def as_case(person: Person) -> bytes:
    labs = []
    for lab in person.labs:
        qualifier = lab.word or lab.comparator or (lab.flag and lab.flag[0]) or None
        row = {"analyte": lab.test, "value": digits(lab.number), "unit": lab.unit, "specimen": lab.specimen}
        row |= {"time_days": lab.day, "phase": "index", "qualifier": qualifier}
        labs.append(row | {"ref_low": digits(lab.low), "ref_high": digits(lab.high)})
    return written({
        "id": "p", "schema_version": "1.0",
        "patient": {"age": person.age, "age_unit": person.unit, "sex": {"male": "M", "female": "F"}[person.sex],
                    "pregnant": person.pregnant, "weight_kg": digits(person.weight)},
        "conditions": [{"text": text, "icd10cm": code} for text, code in person.conditions],
        "medications": [
            {"ingredient": name, "dose": dose_text(dose, often), "route": route, "duration": last}
            for name, dose, often, route, last in person.drugs
        ],
        "symptoms": person.symptoms,
        "vitals_ecg": {"rhythm": person.rhythm} | {key: digits(value) for key, value in person.vitals.items()},
        "labs": labs,
    })  # fmt: skip


def as_form(person: Person) -> bytes:
    labs = []
    for lab in person.labs:
        said = lab.word or f"{lab.comparator}{lab.number} {lab.unit or ''}"
        limits = f"{lab.low}-{lab.high}" if lab.low else f"<{lab.high}"
        row = {"test": lab.test, "value": said, "specimen": lab.specimen, "time": day(lab.day)}
        row |= {"range": limits} if lab.high else {}
        labs.append(row | ({"flag": lab.flag[1]} if lab.flag else {}))
    ecg = {} if person.rhythm is None else {"rhythm": person.rhythm}
    for key, value in person.vitals.items():
        ecg[VITALS[key][0]] = f"{value} {VITALS[key][2]}"
    drugs = []
    for drug in person.drugs:
        said = dict(zip(("name", "dose", "frequency", "route", "for"), drug, strict=True))
        drugs.append({key: value for key, value in said.items() if value})
    patient = {"id": "p", "age": f"{person.age} {person.unit}", "sex": person.sex}
    patient |= {} if person.weight is None else {"weight": f"{person.weight} kg"}
    patient |= {} if person.pregnant is None else {"pregnant": person.pregnant}
    conditions = [{"name": text} | ({"icd10cm": code} if code else {}) for text, code in person.conditions]
    return written({
        "as_of": "2001-01-01", "patient": patient, "labs": labs, "medications": drugs, "conditions": conditions,
        "symptoms": [{"name": text} for text in person.symptoms], "ecg": ecg,
    })  # fmt: skip


def observed(test: str, element: dict[str, Any], at: str = day(0), **more: Any) -> dict[str, Any]:
    return (
        {"resourceType": "Observation", "status": "final", "code": {"text": test}, "effectiveDateTime": at}
        | element
        | more
    )


def as_fhir(person: Person) -> bytes:
    resources: list[dict[str, Any]] = []
    for lab in person.labs:
        if lab.word:
            element: dict[str, Any] = {"valueString": lab.word}
        else:
            element = {"valueQuantity": {"value": digits(lab.number)} | ({"unit": lab.unit} if lab.unit else {})}
            element["valueQuantity"] |= {"comparator": lab.comparator} if lab.comparator else {}
        more: dict[str, Any] = {"specimen": {"display": lab.specimen}}
        if lab.high:
            ends = {"low": lab.low, "high": lab.high}
            ends = {
                end: {"value": digits(text)} | ({"unit": lab.unit} if lab.unit else {})
                for end, text in ends.items()
                if text
            }
            more["referenceRange"] = [ends]
        if lab.flag:
            more["interpretation"] = [{"coding": [{"code": lab.flag[1]}]}]
        resources.append(observed(lab.test, element, day(lab.day), **more))
    for key, value in person.vitals.items():
        resources.append(observed(VITALS[key][1], {"valueQuantity": {"value": digits(value), "unit": VITALS[key][2]}}))
    if person.weight:
        resources.append(observed("weight", {"valueQuantity": {"value": digits(person.weight), "unit": "kg"}}))
    for text, code in person.conditions:
        resources.append({"resourceType": "Condition", "code": concept(text, ICD10, code)})
    for text in person.symptoms:
        resources.append({"resourceType": "Condition", "code": {"text": text}, "category": [{"text": "symptom"}]})
    if person.rhythm:
        resources.append(
            {
                "resourceType": "Condition",
                "code": {"text": person.rhythm},
                "category": [{"text": "rhythm"}],
                "onsetDateTime": day(0),
            }
        )
    for name, dose, often, route, last in person.drugs:
        dosage: dict[str, Any] = {"text": " ".join(filter(None, [dose, often]))} if dose or often else {}
        if dose:
            value, unit = dose.split(" ")
            dosage["doseAndRate"] = [{"doseQuantity": {"value": digits(value), "unit": unit}}]
        repeat: dict[str, Any] = {"frequency": TIMES_A_DAY[often], "period": 1, "periodUnit": "d"} if often else {}
        if last:
            number, unit = last.split(" ")
            repeat["boundsDuration"] = {"value": int(number), "unit": unit}
        dosage |= {"timing": {"repeat": repeat}} if repeat else {}
        dosage |= {"route": {"text": route}} if route else {}
        said = {"resourceType": "MedicationStatement", "status": "active", "medicationCodeableConcept": {"text": name}}
        resources.append(said | ({"dosage": [dosage]} if dosage else {}))
    first = date(2001 - person.age - 1, 1, 1).isoformat()[:4] if person.unit == "years" else None
    months = 2001 * 12 - person.age - 1
    born = first or f"{months // 12}-{months % 12 + 1:02}"
    for n, one in enumerate(resources):
        one |= {"id": f"r{n}", "subject": {"reference": "Patient/p"}}
    resources.append({"resourceType": "Patient", "id": "p", "gender": person.sex, "birthDate": born})
    return written({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]})


def says(record: Record, without: set[str] = frozenset()) -> dict[str, list[dict[str, Any]]]:
    """The tables of a record without where in the source each fact stood."""
    hidden = WHERE_FROM | without
    return {
        name: [{c: v for c, v in fact.items() if c not in hidden} for fact in facts]
        for name, facts in record.tables.items()
    }


def same(person: Person) -> None:
    case, form, fhir = read(as_case(person)), read(as_form(person)), read(as_fhir(person))
    assert not (case.rejects or form.rejects or fhir.rejects)
    assert says(case) == says(form)
    # FHIR keeps pregnancy as a result or a condition, never with the patient
    assert says(case, {"pregnant"}) == says(fhir, {"pregnant"})


def test_a_man_with_torsades():
    same(Person(58, "years", "male", labs=[
        Lab("potassium", "mEq/L", "serum", 0, "3.9"), Lab("magnesium", "mg/dL", "serum", 0, "1.30"),
        Lab("urine cocaine", None, "urine", 0, word="positive"),
    ], drugs=[("methadone", "220 mg/day", None, "oral", None), ("aspirin", None, None, None, None)],
        conditions=[("hypertension", "I10"), ("diabetes", None)], symptoms=["syncope"],
        rhythm="torsades de pointes; previous QTc 453", vitals={"qtc_ms": "539"}))  # fmt: skip


def test_a_woman_on_a_proton_pump_inhibitor():
    same(Person(68, "years", "female", False, "61.5", labs=[
        Lab("magnesium", "mg/dL", "serum", 4, "0.5", "<", low="1.6", high="2.5"),
        Lab("magnesium", "mg/dL", "serum", 6, "1.2", flag=("low", "L"), low="1.6", high="2.5"),
        Lab("PTH", "pg/mL", "serum", 0, "23", low="15", high="65"), Lab("creatinine", None, "serum", 0, word="normal"),
        Lab("magnesium", "mmol/L", "24h urine", 5, "0.4", high="6.0"),
    ], drugs=[("omeprazole", "20 mg", "twice daily", "oral", "9 years")], symptoms=["tingling", "weakness"],
        vitals={"hr": "77"}))  # fmt: skip


def test_an_infant():
    same(Person(5, "months", "female", weight="6.2", labs=[Lab("magnesium", "mmol/L", "serum", 0, "0.30")],
                symptoms=["seizure"]))  # fmt: skip


numbers = st.decimals(0, 400, places=2).map(str)
text = st.sampled_from(["magnesium", "ionized calcium", "calcium, albumin-corrected", "25-OH vitamin D", "PTH"])
names = st.sampled_from(["omeprazole", "insulin NPH", "magnesium oxide", "cisplatin", "vitamin D"])
labs = st.builds(
    Lab,
    text,
    st.sampled_from(["mg/dL", "mmol/L", "mEq/L", "µmol/L", "mg/24 h", None]),
    st.sampled_from(["serum", "urine", "blood"]),
    st.integers(-30, 30),
    numbers,
    st.sampled_from(["", "<", "<=", ">", ">="]),
    low=st.none() | st.just("1.6"),
    high=st.just("2.6") | st.just("2.60"),
) | st.builds(
    Lab, text, st.none(), st.just("serum"), st.integers(-5, 5), word=st.sampled_from(["low", "high", "low-normal"])
)  # fmt: skip
drugs = st.tuples(
    names,
    st.none() | st.sampled_from(["20 mg", "1.5 g", "5 mg/kg/day", "10 units"]),
    st.none() | st.sampled_from(sorted(TIMES_A_DAY)),
    st.none() | st.sampled_from(["oral", "IV"]),
    st.none() | st.sampled_from(["2 years", "10 days"]),
).filter(lambda drug: drug[1] or not drug[2])
people = st.builds(
    Person,
    st.integers(0, 110),
    st.sampled_from(["years", "months"]),
    st.sampled_from(["male", "female"]),
    st.sampled_from([None, True, False]),
    st.none() | numbers,
    st.lists(labs, max_size=6),
    st.lists(drugs, max_size=4),
    st.lists(st.tuples(st.sampled_from(["diarrhoea", "Crohn disease"]), st.sampled_from([None, "K50.90"])), max_size=3),
    st.lists(st.sampled_from(["seizure", "no seizure", "cramps"]), max_size=3),
    st.none() | st.just("sinus rhythm"),
    st.dictionaries(st.sampled_from(sorted(VITALS)), numbers, max_size=2),
)


@given(people)
@settings(max_examples=200, deadline=None)
def test_anybody(person):
    same(person)
