"""The exam is blind: what the authors found never reaches the answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hypomag import exam

CASE = {
    "id": "case-900",
    "schema_version": "1.0",
    "patient": {"age": 60, "age_unit": "years", "sex": "F", "pregnant": None, "weight_kg": None},
    "conditions": [],
    "medications": [{"ingredient": "omeprazole", "dose": None, "route": "oral", "duration": "2 years"}],
    "symptoms": ["seizure"],
    "vitals_ecg": {"qtc_ms": None, "rhythm": None},
    "labs": [
        {"analyte": "magnesium", "value": 0.8, "unit": "mg/dL", "specimen": "serum", "time_days": 0, "phase": "index"},
        {"analyte": "magnesium", "value": 1.9, "unit": "mg/dL", "specimen": "serum", "time_days": 3, "phase": "course"},
    ],
}
TRUTH = {
    "hypomagnesemia": True,
    "ctcae_v5_grade": 3,
    "graded_on": {"value": 0.8, "unit": "mg/dL", "lln_used": None},
    "mechanism": "absorption",
    "mechanism_acceptable": ["absorption"],
    "cause": "omeprazole",
    "cause_certainty": "stated_by_authors",
    "emergency": True,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "case-900.json").write_text(json.dumps(CASE | {"truth": TRUTH}), "utf-8")
    key = "case\taccept\tcontributing\tcertainty\ncase-900\tomeprazole;ppi\t\tstated_by_authors\n"
    (tmp_path / "cause_keys.tsv").write_text(key, "utf-8")
    return tmp_path


def score(folder: Path, name: str) -> float | None:
    return next(s["share"] for s in exam.exam(folder)["scores"] if s["score"] == name)


def test_scores_follow_the_truth(folder: Path) -> None:
    assert score(folder, "detection") == 1.0
    assert score(folder, "grade") == 1.0
    assert score(folder, "emergency seen") == 1.0


def test_another_truth_changes_the_score_and_no_answer(folder: Path) -> None:
    before = exam.exam(folder)["cases"][0]
    file = folder / "case-900.json"
    file.write_text(json.dumps(CASE | {"truth": TRUTH | {"hypomagnesemia": False, "ctcae_v5_grade": 1}}), "utf-8")
    after = exam.exam(folder)["cases"][0]
    assert (after["status"], after["grade"], after["causes"]) == (before["status"], before["grade"], before["causes"])
    assert score(folder, "detection") == 0.0


def test_truth_is_opened_only_when_every_answer_is_fixed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case without truth fails, but only after it was answered."""
    (folder / "case-901.json").write_text(json.dumps(CASE | {"id": "case-901"}), "utf-8")
    answered: list[object] = []
    assess = exam.assess
    monkeypatch.setattr(exam, "assess", lambda record: answered.append(record) or assess(record))
    with pytest.raises(KeyError, match="truth"):
        exam.exam(folder)
    assert len(answered) == 2


def brier(folder: Path, name: str) -> dict[str, float]:
    return next(b for b in exam.exam(folder)["brier"] if name in b["score"])


def test_brier_score_of_steps(folder: Path) -> None:
    """By hand: the squared distance of each step from what the authors name; what they accept beside it is not scored."""
    steps = exam.exam(folder)["cases"][0]["step_probabilities"]
    by_hand = [(p - (step == "absorption")) ** 2 for step, p in steps.items()]
    assert brier(folder, "stated")["brier"] == pytest.approx(sum(by_hand) / 6)
    assert brier(folder, "stated")["constant"] == 0  # of one case the best constant forecast is the case
    assert brier(folder, "inferred")["brier"] is None
    accepted = TRUTH | {"mechanism_acceptable": ["absorption", "gi_loss"]}
    (folder / "case-900.json").write_text(json.dumps(CASE | {"truth": accepted}), "utf-8")
    assert brier(folder, "stated")["of"] == 5
    (folder / "case-901.json").write_text(
        json.dumps(
            CASE | {"id": "case-901", "truth": TRUTH | {"mechanism": "intake", "mechanism_acceptable": ["intake"]}}
        ),
        "utf-8",
    )
    (folder / "case-900.json").write_text(json.dumps(CASE | {"truth": TRUTH}), "utf-8")
    key = "case\taccept\tcontributing\tcertainty\n"
    (folder / "cause_keys.tsv").write_text(key, "utf-8")
    assert brier(folder, "stated")["constant"] == pytest.approx(
        (2 * 2 * 0.25) / 12
    )  # two steps at one half, four at none
