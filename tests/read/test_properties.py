"""What holds for any FHIR: no exception but Refused, everything counted, nothing decided by order or names."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.read.people import bundle, everything, magnesium, problem
from tests.read.test_case import WOMAN

from hypomag.read import case, fhir, read
from hypomag.record import WHERE_FROM, Record, Refused, seal

JUNK: list[Any] = [
    None, True, 0, -1, 1.5, 10**400, "", "x", "2024-13-99", "2024-05-29T10:00:00", "final", "Patient/a", "#k", [], {},
    [None], [[]], [{}], ["x"], {"a": 1}, {"value": "2.1"}, {"coding": "x"}, {"coding": [None]},
    {"coding": [{"code": 5}]},
    {"reference": 5}, {"reference": "Patient/b"}, {"text": 7}, "\0", "http://a/Patient/a", {"resourceType": "Bundle"},
]  # fmt: skip
KEYS = [
    "modifierExtension", "implicitRules", "valueString", "valueQuantity", "dataAbsentReason", "component", "contained",
    "meta", "id", "status", "code", "note", "resourceType", "subject", "basedOn", "specimen", "fullUrl", "resource",
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inner for found in places(item, (*path, key)))]


def spoil(document: Any, chance: random.Random) -> None:
    """Replace, remove or add something somewhere."""
    *path, last = chance.choice(places(document)[1:])
    holder = document
    for step in path:
        holder = holder[step]
    how = chance.random()
    if how < 0.65:
        holder[last] = copy.deepcopy(chance.choice(JUNK))
    elif how < 0.8:
        del holder[last]
    elif isinstance(holder, dict):
        holder[chance.choice(KEYS)] = copy.deepcopy(chance.choice(JUNK))


def adds_up(record: Record) -> bool:
    whole = [r for r in record.rejects if " " not in r.source_ref]
    return record.received == record.lifted + sum(record.ignored.values()) + len(whole)


@given(st.integers(0, 2**32), st.integers(1, 3))
@settings(max_examples=400, deadline=None)
def test_spoilt_fhir_is_read_or_refused_and_adds_up(seed, times):
    document = everything()
    for _ in range(times):
        spoil(document, random.Random(seed + times))
    try:
        record = seal(fhir.lift(document))
    except Refused:
        return
    assert adds_up(record)
    assert all(len(facts) == 0 or facts[0]["row"] for facts in record.tables.values())


@given(st.integers(0, 2**32), st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_a_spoilt_case_is_read_or_refused_and_adds_up(seed, times):
    document = copy.deepcopy(WOMAN)
    for _ in range(times):
        spoil(document, random.Random(seed + times))
    try:
        record = seal(case.lift(document))
    except Refused:
        return
    assert adds_up(record)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*KEYS, "entry", "labs", "as_of"]), inner)
    ),
    max_leaves=15,
)


@given(ANY_JSON, st.sampled_from([None, "fhir", "case", "form"]))
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_refused(document, format):
    try:
        read(json.dumps(document).encode("utf-8", "surrogatepass"), format=format)
    except Refused as refusal:
        assert str(refusal).endswith((".", ")")) and len(str(refusal)) < 400


@given(st.dictionaries(st.sampled_from(["as_of", "patient", "labs", "medications", "conditions", "ecg"]), ANY_JSON))
@settings(max_examples=200, deadline=None)
def test_any_form_is_read_or_refused(form):
    try:
        read(json.dumps({"as_of": "2001-01-01"} | form).encode("utf-8", "surrogatepass"), format="form")
    except Refused:
        return


def says(record: Record) -> Any:
    hidden = WHERE_FROM | {"order_ref"}
    tables = {
        name: [{c: v for c, v in fact.items() if c not in hidden} for fact in facts]
        for name, facts in record.tables.items()
    }
    return tables, sorted(reject.reason for reject in record.rejects)


FIRST = says(seal(fhir.lift(everything())))


@given(st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_entries_changes_nothing(chance):
    document = everything()
    chance.shuffle(document["entry"])
    assert says(seal(fhir.lift(document))) == FIRST


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_resource_given_twice_changes_nothing(data):
    document = everything()
    again = data.draw(st.sampled_from(document["entry"]))
    document["entry"].append(copy.deepcopy(again))
    found = seal(fhir.lift(document))
    assert says(found) == FIRST
    once = seal(fhir.lift(everything()))
    assert found.received == once.received + 1


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_other_names_of_resources_change_nothing(prefix):
    text = json.dumps(everything())
    for name in (
        "mg",
        "p",
        "w",
        "v",
        "s",
        "o",
        "ppi",
        "s1",
        "a1",
        "d1",
        "c",
        "c2",
        "op",
        "e",
        "icu",
        "al",
        "r",
        "f",
        "i",
    ):
        text = text.replace(f'"id": "{name}"', f'"id": "{prefix}-{name}"').replace(f'/{name}"', f'/{prefix}-{name}"')
    assert says(seal(fhir.lift(json.loads(text)))) == FIRST


@given(st.sampled_from(["Goal", "Immunization", "CarePlan", "Practitioner", "FamilyMemberHistory"]), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_resources_of_other_types_change_nothing(kind, times):
    document = everything()
    more = {
        "resourceType": kind,
        "status": "active",
        "subject": {"reference": "Patient/zzz"},
        "code": {"text": "magnesium"},
    }
    document["entry"][3:3] = [{"resource": more}] * times
    assert says(seal(fhir.lift(document))) == FIRST


@pytest.mark.parametrize("wrong", [magnesium(id="bad", code=5), problem(id="bad", code=5)])
def test_bad_input_never_loses_good_input_beside_it(wrong):
    document = everything()
    document["entry"].append({"resource": wrong})
    tables, reasons = says(seal(fhir.lift(document)))
    assert (tables, len(reasons)) == (FIRST[0], len(FIRST[1]) + 1)


def test_nothing_depends_on_the_hash_seed():
    import os
    import subprocess
    import sys

    code = (
        "from tests.read.people import everything; from hypomag.read import fhir; from hypomag.record import seal;"
        "r = seal(fhir.lift(everything())); print(repr(r.tables), repr(r.rejects), repr(dict(r.ignored)))"
    )
    seen = set()
    for seed in ("1", "2", "3"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": "Asia/Kolkata", "LC_ALL": "tr_TR.UTF-8"}
        seen.add(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout)
    assert len(seen) == 1


def test_a_bundle_of_one_patient_and_nothing_else():
    record = seal(fhir.lift(bundle()))
    assert [len(facts) for facts in record.tables.values()] == [1, 0, 0, 0, 0, 0, 0, 0, 0]
