"""Sealing: numbers by content, repeats collapsed, nothing added."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypomag.record import TABLES, Record, WrongType, seal


def test_a_fact_has_every_column_and_no_default():
    record = Record()
    record.add("observations", "a", text="magnesium", value=1.3)
    sealed = seal(record)
    (fact,) = sealed.tables["observations"]
    assert list(fact) == list(TABLES["observations"])
    given_columns = {"patient": 1, "row": 2, "text": "magnesium", "value": 1.3}
    for column, kind in TABLES["observations"].items():
        assert fact[column] == given_columns.get(column, "" if kind == "text" else None)


def test_every_patient_has_one_row_and_facts_follow_it():
    record = Record()
    for who in ("b", "a", "c"):
        record.add("conditions", who, text="cramps")
    record.add("patients", "c", id="c", sex="female")
    sealed = seal(record)
    assert [(p["patient"], p["id"], p["sex"]) for p in sealed.tables["patients"]] == [
        (1, "a", ""), (2, "b", ""), (3, "c", "female"),
    ]  # fmt: skip
    assert [(f["patient"], f["row"]) for f in sealed.tables["conditions"]] == [(1, 4), (2, 5), (3, 6)]


@pytest.mark.parametrize(
    ("column", "value"), [("value", 1), ("value", "1.3"), ("start", 1.5), ("start", True), ("text", 5), ("note", ["x"])]
)
def test_a_value_that_does_not_fit_its_column_is_an_error(column, value):
    with pytest.raises(WrongType):
        Record().add("observations", "a", **{column: value})


def test_an_unknown_column_and_a_sealed_record_are_errors():
    with pytest.raises(KeyError):
        Record().add("observations", "a", colour="red")
    record = Record()
    record.add("conditions", "a", text="cramps")
    sealed = seal(record)
    with pytest.raises(ValueError, match="sealed"):
        sealed.add("conditions", "a", text="cramps")
    assert seal(sealed) is sealed


def test_exact_repeats_collapse_with_their_codes_and_orders():
    record = Record()
    for name in ("y", "x"):
        order = record.add("orders", "a", text="magnesium", source_ref=f"ServiceRequest/{name}")
        record.add("codings", "a", of_row=order, code="1", system="snomed")
        record.add("observations", "a", text=f"result {name}", order_ref=f"ServiceRequest/{name}")
    sealed = seal(record)
    assert sealed.duplicates == 1
    (order,) = sealed.tables["orders"]
    assert order["source_ref"] == "ServiceRequest/x"
    assert [f["order_ref"] for f in sealed.tables["observations"]] == ["ServiceRequest/x"] * 2
    assert [(c["of_row"], c["code"]) for c in sealed.tables["codings"]] == [(order["row"], "1")]


def test_two_descriptions_are_joined_where_they_do_not_disagree():
    record = Record()
    record.add("patients", "a", id="a", sex="male", birth=5, source_ref="Patient/a")
    record.add("patients", "a", id="a", sex="female", pregnant=0, source_ref="Patient/a")
    sealed = seal(record)
    (row,) = sealed.tables["patients"]
    assert (row["sex"], row["birth"], row["pregnant"]) == ("", 5, 0)
    assert [r.source_ref for r in sealed.rejects] == ["Patient/a sex"]


facts = st.lists(
    st.fixed_dictionaries({
        "patient": st.sampled_from(["a", "b"]), "text": st.sampled_from(["mg", "k", None]),
        "start": st.none() | st.integers(-3, 3), "value": st.none() | st.floats(-2, 2),
        "value_text": st.sampled_from([None, "low"]), "status": st.sampled_from([None, "final"]),
        "code": st.sampled_from([None, "1"]),
    }),
    max_size=12,
)  # fmt: skip


def sealed_of(rows: list[dict], named: str = "") -> Record:
    record = Record()
    for n, row in enumerate(rows):
        fact = record.add("observations", source_ref=f"{named}{n}", line=n, **row)
        if row["code"]:
            record.add("codings", row["patient"], of_row=fact, code="2", system="loinc")
    return seal(record)


def content(record: Record) -> dict:
    return {
        name: [{k: v for k, v in fact.items() if k not in ("source_ref", "line", "file")} for fact in rows]
        for name, rows in record.tables.items()
    }


@given(facts, st.randoms(use_true_random=False))
def test_order_names_and_repeats_change_no_number(rows, random):
    shuffled = rows + random.sample(rows, len(rows) // 2)
    random.shuffle(shuffled)
    first, second = sealed_of(rows), sealed_of(shuffled, "other")
    assert content(first) == content(second)
    assert second.duplicates == first.duplicates + len(rows) // 2


@given(facts)
def test_rows_are_numbered_once_and_in_the_order_that_sql_gives(rows):
    import sqlite3

    record = sealed_of(rows)
    numbers = [fact["row"] for found in record.tables.values() for fact in found]
    assert numbers == list(range(1, len(numbers) + 1))
    columns = [c for c in TABLES["observations"] if c not in ("row", "source_ref", "file", "line", "order_ref")]
    db = sqlite3.connect(":memory:")
    db.execute(f"create table o ({', '.join(columns)})")
    found = [tuple(fact[c] for c in columns) for fact in record.tables["observations"]]
    db.executemany(f"insert into o values ({', '.join('?' * len(columns))})", found)
    rest = ", ".join(f"{c} nulls first" for c in columns)
    ordered = db.execute(f"select * from o order by patient, start nulls first, code, text, {rest}").fetchall()
    assert ordered == found
