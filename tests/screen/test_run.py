"""A whole run on a small ward: what it says, that it survives a stop, that it refuses to mix, that nothing leaks."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from hypomag.__main__ import app
from hypomag.assess import assess
from hypomag.read import mimic, parquet, sealing
from hypomag.read.staged import Stage
from hypomag.record import TABLES, Record, Refused
from hypomag.screen import answers as kept
from hypomag.screen import chunks, finish, rendered
from hypomag.screen.run import screen
from hypomag.write import json_text

ADMISSIONS = "hadm_id,admittime,dischtime,deathtime,admission_type,diagnosis\n" + "".join(
    f"{n},2150-01-01 08:00:00,2150-01-09 12:00:00,,EMERGENCY,{'=1+1' if n == 101 else 'CHEST PAIN'}\n"
    for n in range(101, 110)
)
LABS = """hadm_id,itemid,loinc,analyte,specimen,charttime,value,valueuom,flag
101,50960,19123-9,magnesium,blood,2150-01-02 06:00:00,1.1,mg/dL,abnormal
101,50960,19123-9,magnesium,blood,2150-01-05 06:00:00,1.9,mg/dL,
102,50960,19123-9,magnesium,blood,2150-01-02 06:00:00,1.5,mg/dL,
102,50960,19123-9,magnesium,blood,2150-01-08 06:00:00,1.6,mg/dL,
103,50960,19123-9,magnesium,blood,2150-01-02 06:00:00,1.9,mg/dL,
104,50960,19123-9,magnesium,blood,not a time,1.9,mg/dL,
999,50960,19123-9,magnesium,blood,2150-01-02 06:00:00,1.9,mg/dL,
105,50960,19123-9,magnesium,blood,2150-01-02 06:00:00,LESS THAN 0.4,mg/dL,
"""
PRESCRIPTIONS = """hadm_id,startdate,enddate,drug,prod_strength,dose_val,dose_unit
101,2150-01-04,2150-01-05,Magnesium Sulfate,2 g / 50 mL Premix Bag,2,gm
102,2150-01-01,2150-01-08,Omeprazole,20mg Cap,20,mg
103,2150-01-03,2150-01-02,Acetaminophen,325mg Tab,650,mg
"""
DIAGNOSES = "hadm_id,seq_num,icd9_code\n101,1,78039\n102,1,5070\n"


def ward(folder: Path) -> Path:
    folder.mkdir()
    for name, text in (
        ("admissions", ADMISSIONS), ("labs", LABS), ("prescriptions", PRESCRIPTIONS), ("diagnoses_icd9", DIAGNOSES)
    ):  # fmt: skip
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def contents(out: Path) -> dict[str, bytes]:
    """Every file of a run but its work, by its path."""
    found = {file.relative_to(out).as_posix(): file for file in sorted(out.rglob("*")) if file.is_file()}
    return {name: file.read_bytes() for name, file in found.items() if not name.startswith(".work/")}


@pytest.fixture(scope="module")
def run(tmp_path_factory: Any) -> tuple[Path, Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("screen")
    source = ward(folder / "in")
    return source, folder / "out", screen(source, folder / "out", format="mimic", answers="all")


def rows(out: Path, name: str) -> list[dict[str, str]]:
    with (out / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_admission_is_one_row_with_or_without_results(run: tuple) -> None:
    _, out, _ = run
    found = {row["patient"]: row for row in rows(out, "patients")}
    assert list(found) == [str(n) for n in range(101, 110)]
    assert (found["101"]["n_magnesium"], found["101"]["n_low"], found["101"]["status"]) == ("2", "1", "normal")
    assert (found["102"]["status"], found["102"]["lowest_mmol_l"]) == ("low", "0.6172")
    assert (found["106"]["status"], found["106"]["n_magnesium"], found["106"]["lowest_mmol_l"]) == (
        "not_measured",
        "0",
        "",
    )
    assert found["105"]["status"] != "normal"  # a value that is no number is never normal


def test_gaps_of_the_two_who_were_low(run: tuple) -> None:
    _, out, _ = run
    first, second = rows(out, "episodes")
    assert (first["patient"], first["untreated"], first["treated_by_vein"]) == ("101", "1", "1")  # two days later
    assert (second["patient"], second["untreated"], second["not_rechecked"]) == ("102", "1", "0")
    assert first["not_rechecked"] == "1"  # 1.1 mg/dL asks for a second value within 48 hours
    held = {
        (row["patient"], row["key"]) for row in rows(out, "findings") if row["part"] == "gap" and row["holds"] == "1"
    }
    assert {("101", "untreated"), ("102", "untreated"), ("102", "cause_running"), ("102", "discharged_low")} <= held


def test_what_was_not_used_is_listed_and_the_counts_add_up(run: tuple) -> None:
    _, out, summary = run
    said = {(row["file"], row["line"], row["reason"]) for row in rows(out, "rejects")}
    assert said == {
        ("labs.csv", "7", "charttime is no time"),
        ("labs.csv", "8", "no admission has this hadm_id"),
        ("prescriptions.csv", "4", "ends before it starts"),
    }
    pieces = summary["pieces"]
    assert (pieces["received"], pieces["rejected"]) == (9 + 8 + 3 + 2, 2)
    assert pieces["received"] == pieces["lifted"] + pieces["rejected"] + sum(pieces["ignored"].values())


def test_small_cells_are_left_out(run: tuple) -> None:
    _, out, _ = run
    counts = {(row["what"], row["value"]): row["patients"] for row in rows(out, "counts")}
    assert counts["all", "all"] == "9"
    shown = [int(n) for n in counts.values() if n]
    assert shown and min(shown) >= 5
    assert counts["status", "low"] == ""
    hidden = [value for (what, value), n in counts.items() if what == "status" and n == ""]
    assert len(hidden) >= 2  # a single hidden cell could be worked out from the total


def test_columns_are_those_of_the_dictionary(run: tuple) -> None:
    _, out, _ = run
    told = [(row["file"], row["column"]) for row in rows(out, "dictionary") if "/" not in row["file"]]
    held = []
    for name in finish.outputs():
        described = duckdb.sql(f"describe from '{out}/{name}.parquet'").fetchall()
        held += [(name, row[0]) for row in described]
    assert told == held


def test_a_cell_never_starts_a_formula(run: tuple, tmp_path: Path) -> None:
    source = ward(tmp_path / "in")
    text = (source / "admissions.csv").read_text("utf-8").replace("101,", "=cmd|x,", 1)
    (source / "admissions.csv").write_text(text, "utf-8")
    screen(source, tmp_path / "out", format="mimic")
    first = [row["patient"] for row in rows(tmp_path / "out", "patients")]
    assert "'=cmd|x" in first and "=cmd|x" not in first
    assert duckdb.sql(
        f"select count(*) from '{tmp_path}/out/patients.parquet' where patient = '=cmd|x'"
    ).fetchall() == [(1,)]


def test_the_report_is_one_file_that_fetches_nothing(run: tuple) -> None:
    _, out, _ = run
    page = (out / "report.html").read_text("utf-8")
    assert "Not a medical device" in page
    for word in ("<script src", "<link", "@import", "url(http", 'href="http', 'src="http'):
        assert word not in page


@pytest.mark.parametrize("stopped_in", ["lifting", "a chunk", "an answer", "gathering", "the last files"])
def test_a_stopped_run_goes_on_to_the_same_bytes(run: tuple, tmp_path: Path, monkeypatch: Any, stopped_in: str) -> None:
    source, whole, _ = run
    place, name = {
        "lifting": (chunks, "run"), "a chunk": (chunks, "make_lines"), "the last files": (finish, "_summary"),
        "an answer": (kept, "_save"), "gathering": (kept, "_put"),
    }[stopped_in]  # fmt: skip

    def stop(*given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(place, name, stop)
        with pytest.raises(KeyboardInterrupt):
            screen(source, tmp_path / "out", format="mimic", answers="all")
    with pytest.raises(Refused, match="holds a run already"):
        screen(source, tmp_path / "out", format="mimic", answers="all")
    screen(source, tmp_path / "out", format="mimic", answers="all", resume=True)
    assert contents(tmp_path / "out") == contents(whole)


def test_changed_input_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    source = ward(tmp_path / "in")
    monkeypatch.setattr(chunks, "run", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        screen(source, tmp_path / "out", format="mimic")
    (source / "labs.csv").write_text(LABS.replace("1.1", "1.2"), "utf-8")
    with pytest.raises(Refused, match=r"the input has changed .*labs\.csv"):
        screen(source, tmp_path / "out", format="mimic", resume=True)
    (source / "labs.csv").write_text(LABS, "utf-8")
    with pytest.raises(Refused, match="began with as_of"):
        screen(source, tmp_path / "out", format="mimic", resume=True, as_of=0)


def records(source: Path, folder: Path) -> dict[str, Record]:
    """The sealed record of each patient alone."""
    db = duckdb.connect()
    stage = Stage(db, folder / "stage", 1)
    stage.folder.mkdir(parents=True)
    mimic.lift(stage, source)
    sealing.seal(db, lambda table: stage.facts(table, 0))
    parquet.write(db, folder / "record")
    found = {}
    for patient, who in db.execute("select patient, id from patients").fetchall():
        tables = {}
        for name, columns in TABLES.items():
            held = db.execute(f"select * from {name} where patient = {patient} order by row").fetchall()
            tables[name] = [dict(zip(columns, row, strict=True)) for row in held]
        found[who] = Record(tables=tables, sealed=True)
    return found


def test_the_answer_of_everybody_is_that_of_assess(run: tuple, tmp_path: Path) -> None:
    source, out, _ = run
    alone = {who: assess(record) for who, record in records(source, tmp_path).items()}
    assert dict(rendered.answers(out)) == alone
    asked = CliRunner().invoke(app, ["answers", str(out), "--patient", "102", "--json"])
    assert asked.stdout == json_text.write(alone["102"])
    everybody = CliRunner().invoke(app, ["answers", str(out), "--out", str(tmp_path / "all.ndjson")])
    assert everybody.exit_code == 0
    lines = [json.loads(line) for line in (tmp_path / "all.ndjson").read_text("utf-8").splitlines()]
    assert [line["patient"] for line in lines] == sorted(alone)
    assert {line["patient"]: line["answer"] for line in lines} == json.loads(json.dumps(alone))


def test_chunks_and_how_many_run_at_once_change_no_answer(run: tuple, tmp_path: Path, monkeypatch: Any) -> None:
    source, out, _ = run
    records(source, tmp_path)
    monkeypatch.setattr(kept, "AT_ONCE", 3)
    monkeypatch.setattr(rendered, "AT_ONCE", 1)
    screen(tmp_path / "record", tmp_path / "again", format="record", answers="all", patients_a_chunk=5)
    assert len(list((tmp_path / "again" / "answers" / "level").iterdir())) == 4  # 5 patients by 3 at once, then 4
    assert dict(rendered.answers(tmp_path / "again")) == dict(rendered.answers(out))


@pytest.mark.parametrize("whose", ["low", "worklist"])
def test_only_the_answers_asked_for_are_kept(run: tuple, tmp_path: Path, whose: str) -> None:
    source, out, _ = run
    status = {row["patient"]: row["status"] for row in rows(out, "patients")}
    listed = {row["patient"] for row in rows(out, "worklist")}
    doubtful = {patient for patient, said in status.items() if said == "cannot_tell"}
    who = listed | doubtful if whose == "worklist" else {patient for patient in listed if status[patient] == "low"}
    assert who == ({"101", "102", "105"} if whose == "worklist" else {"102"})
    screen(source, tmp_path / "out", format="mimic", answers=whose)
    assert {patient for patient, _ in rendered.answers(tmp_path / "out")} == who


def test_answers_that_cannot_be_shown_are_refused(run: tuple, tmp_path: Path) -> None:
    source, out, _ = run

    def said(folder: Path, *more: str) -> str:
        shown = CliRunner().invoke(app, ["answers", str(folder), *more])
        assert (shown.exit_code, shown.stdout, len(shown.stderr.splitlines())) == (5, "", 1)
        return shown.stderr

    assert "no answer of the patient 'nobody'" in said(out, "--patient", "nobody")
    assert "no answer of the patient ''" in said(out, "--patient", "")
    assert "no finished screening run" in said(source)
    assert "cannot be written" in said(out, "--out", str(tmp_path / "no" / "folder"))
    screen(source, tmp_path / "none", format="mimic")
    assert "kept no answers" in said(tmp_path / "none")
    other = shutil.copytree(out, tmp_path / "other", ignore=shutil.ignore_patterns(".work"))
    for part in ("knowledge", "rules", "program"):
        summary = json.loads((out / "summary.json").read_text("utf-8"))
        summary["version"][part] = "another"
        (other / "summary.json").write_text(json.dumps(summary), "utf-8")
        assert f"{part} another" in said(other, "--out", str(tmp_path / "never"))
    assert not list(tmp_path.glob("never*"))


def test_the_dictionary_tells_of_every_column_of_the_answers(run: tuple) -> None:
    _, out, _ = run
    told = [(row["file"], row["column"]) for row in rows(out, "dictionary") if row["file"].startswith("answers/")]
    held = []
    for name in kept.KEPT:
        described = duckdb.sql(f"describe from '{out}/answers/{name}/*.parquet'").fetchall()
        held += [(f"answers/{name}", row[0]) for row in described]
        assert {row[1] for row in described} <= {"VARCHAR", "BIGINT", "DOUBLE"}, name
    assert told == held
