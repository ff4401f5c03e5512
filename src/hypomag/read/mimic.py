"""MIMIC-III tables as CSV: admissions, labs, prescriptions, diagnoses_icd9. A patient here is one admission (hadm_id).

Every admission is a patient, with or without laboratory results. Times are shifted by the data's authors and carry no
zone; they are read as UTC. Diagnoses are coded at discharge, so they are known from then on. Prescriptions are known to
the day. Age and sex are not in these tables.
"""

from __future__ import annotations

from pathlib import Path

from hypomag.read import csv_file
from hypomag.read.staged import Stage, Unit

ADMISSIONS = ("hadm_id", "admittime", "dischtime", "deathtime", "admission_type", "diagnosis")
LABS = ("hadm_id", "loinc", "analyte", "specimen", "charttime", "value", "valueuom", "flag")
PRESCRIPTIONS = ("hadm_id", "startdate", "enddate", "drug", "prod_strength", "dose_val", "dose_unit")
DIAGNOSES = ("hadm_id", "icd9_code")
TABLES = ("admissions", "labs", "prescriptions", "diagnoses_icd9")
NOON, LAST_SECOND = 43200, 86399


def inputs(source: Path) -> list[Path]:
    """The files of the folder that are read."""
    return [_file(source, table) for table in TABLES]


def _file(source: Path, table: str) -> Path:
    plain = source / f"{table}.csv"
    return plain if plain.is_file() else source / f"{table}.csv.gz"


def lift(stage: Stage, source: Path) -> None:
    """Lift the whole folder as one unit. Raises Refused where a table or column is missing."""
    with stage.unit("mimic") as unit:
        if unit:
            _admissions(unit, source)
            _labs(unit, source)
            _prescriptions(unit, source)
            _diagnoses(unit, source)


def seconds(text: str) -> str:
    return f"epoch_ms(try_cast({text} as timestamp)) // 1000"


def _rejected(unit: Unit, file: Path, table: str, reasons: dict[str, str]) -> str:
    """Send faulty rows to the rejects; what FROM reads for the sound ones."""
    reason = "case " + " ".join(f"when {test} then '{said}'" for said, test in reasons.items()) + " end"
    unit.db.execute(f"create or replace temp table judged as select *, {reason} as reason from {table}")
    unit.put(
        "rejects", "(from judged where reason is not null)", file=f"'{file.name}'", line="line",
        source_ref=f"concat('{table} line ', line)", reason="reason",
    )  # fmt: skip
    unit.db.execute("create or replace temp table sound as select * from judged where reason is null")
    unit.counts.lifted += unit.db.execute("select count(*) from sound").fetchall()[0][0]
    return "sound"


NO_ADMISSION = {
    "hadm_id is missing": "hadm_id is null",
    "no admission has this hadm_id": "hadm_id not in (select hadm_id from admissions where hadm_id is not null)",
}


def _where(file: Path, table: str) -> dict[str, str]:
    return {
        "patient": "hadm_id",
        "source_ref": f"concat('{table} line ', line)",
        "file": f"'{file.name}'",
        "line": "line",
    }


def _admissions(unit: Unit, source: Path) -> None:
    file = _file(source, "admissions")
    table = csv_file.rows(unit, file, "admissions", ADMISSIONS)
    sound = _rejected(unit, file, table, {
        "hadm_id is missing": "hadm_id is null",
        "an earlier line has this hadm_id": "row_number() over (partition by hadm_id order by line) > 1",
        "admittime is no time": f"{seconds('admittime')} is null",
        "dischtime is no time": f"dischtime is not null and {seconds('dischtime')} is null",
        "deathtime is no time": f"deathtime is not null and {seconds('deathtime')} is null",
    })  # fmt: skip
    where = _where(file, table)
    unit.put(
        "patients", sound, id="hadm_id", deceased="case when deathtime is not null then 1 end",
        until=seconds("deathtime"), **where,
    )  # fmt: skip
    stay = {"start": seconds("admittime"), "start_precision": "'second'", "until": seconds("dischtime")}
    unit.put("encounters", sound, status="'finished'", **{"class": "'IMP'"}, **stay, **where)
    unit.put(
        "conditions", f"(from {sound} where diagnosis is not null)", text="diagnosis", kind="'condition'",
        start=seconds("admittime"), start_precision="'second'", **where,
    )  # fmt: skip
    unit.db.execute(f"create or replace temp table admitted as from {sound}")


def _labs(unit: Unit, source: Path) -> None:
    file = _file(source, "labs")
    table = csv_file.rows(unit, file, "labs", LABS)
    sound = _rejected(unit, file, table, {
        **NO_ADMISSION,
        "charttime is no time": f"charttime is null or {seconds('charttime')} is null",
        "neither loinc nor analyte says which test": "loinc is null and analyte is null",
    })  # fmt: skip
    written = r"regexp_extract(value, '^\s*(<=|>=|<|>)?\s*(-?[0-9]+(\.[0-9]+)?)\s*$', {})"
    unit.put(
        "observations", sound, code="loinc", system="case when loinc is not null then 'loinc' end", text="analyte",
        specimen="specimen", value=f"try_cast({written.format(2)} as double)", value_text="value",
        comparator=written.format(1), unit_text="valueuom", flag="case flag when 'abnormal' then 'A' else flag end",
        start=seconds("charttime"), start_precision="'second'", **_where(file, table),
    )  # fmt: skip


def _prescriptions(unit: Unit, source: Path) -> None:
    file = _file(source, "prescriptions")
    table = csv_file.rows(unit, file, "prescriptions", PRESCRIPTIONS)
    sound = _rejected(unit, file, table, {
        **NO_ADMISSION,
        "drug is missing": "drug is null",
        "startdate is no date": f"startdate is not null and {seconds('startdate')} is null",
        "enddate is no date": f"enddate is not null and {seconds('enddate')} is null",
    })  # fmt: skip
    backwards = "enddate::timestamp < startdate::timestamp"
    where = _where(file, table)
    unit.put(  # the row is used without its end, so it is no rejected piece
        "rejects", f"(from {sound} where {backwards})", file=where["file"], line="line",
        source_ref=f"{where['source_ref']} || ' enddate'", reason="'ends before it starts'",
    )  # fmt: skip
    unit.counts.rejected -= unit.db.execute(f"select count(*) from {sound} where {backwards}").fetchall()[0][0]
    unit.put(
        "medications", sound, kind="'ordered'", text="drug", dose="try_cast(dose_val as double)",
        dose_unit="case when try_cast(dose_val as double) is not null then dose_unit end",
        dose_text="concat_ws(' ', dose_val, dose_unit, '(' || prod_strength || ')')",
        start=f"{seconds('startdate')} + {NOON}", start_precision="case when startdate is not null then 'day' end",
        until=f"case when not {backwards} or startdate is null then {seconds('enddate')} + {LAST_SECOND} end", **where,
    )  # fmt: skip


def _diagnoses(unit: Unit, source: Path) -> None:
    file = _file(source, "diagnoses_icd9")
    table = csv_file.rows(unit, file, "diagnoses_icd9", DIAGNOSES)
    sound = _rejected(unit, file, table, {**NO_ADMISSION, "icd9_code is missing": "icd9_code is null"})
    head = "case when icd9_code like 'E%' then 4 else 3 end"
    dotted = (
        f"case when length(icd9_code) > {head} then left(icd9_code, {head}) || '.' || substr(icd9_code, {head} + 1)"
    )
    unit.put(
        "conditions", f"(select s.*, a.dischtime from {sound} s join admitted a using (hadm_id))",
        code=f"{dotted} else icd9_code end", system="'icd9cm'", kind="'condition'", known_at=seconds("dischtime"),
        **_where(file, table),
    )  # fmt: skip
