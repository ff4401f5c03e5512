"""The blind exam: a folder of published cases answered without their truth, then scored against it.

The cases are read by read/case.py, which never looks at `truth`; only when every answer is fixed are the files opened
again for what the authors found. Each score stands beside what the best constant answer would get.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

from hypomag.assess import Answer, assess
from hypomag.read import read
from hypomag.record import Refused

URGENT = ("emergency", "same_day")
Row = dict[str, Any]


def exam(folder: Path) -> Row:
    """Run every case-*.json of `folder` blind, then score. Raises Refused where the folder holds no case."""
    files = sorted(folder.glob("case-*.json"))
    if not files:
        raise Refused(f"{folder}: there is no case-*.json in this folder")
    answers = {file.stem: assess(read(file, format="case")) for file in files}
    truths = {file.stem: json.loads(file.read_text("utf-8"))["truth"] for file in files}
    keys = _cause_keys(folder / "cause_keys.tsv")
    cases = [_case(name, answers[name], truths[name], keys.get(name, {})) for name in answers]
    return {"cases": cases, "scores": _scores(cases), "brier": _briers(cases)}


def _cause_keys(file: Path) -> dict[str, Row]:
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["case"]: row for row in csv.DictReader(lines, delimiter="\t")}


def _case(name: str, answer: Answer, truth: Row, key: Row) -> Row:
    accepted = [] if key.get("accept", "none") in ("", "none") else key["accept"].split(";")
    steps = [s for s in answer["steps"] if s["probability"]]
    return {
        "case": name,
        "is_low": truth["hypomagnesemia"],
        "status": answer["level"]["status"],
        "true_grade": truth["ctcae_v5_grade"],
        "is_printed": truth["graded_on"] is not None,
        "grade": answer["level"]["ctcae_grade"],
        "is_emergency": truth["emergency"],
        "tier": answer["urgency"]["tier"],
        "mechanism": truth["mechanism"],
        "mechanisms": truth["mechanism_acceptable"],
        "step": steps[0]["step"] if steps else None,
        "step_probabilities": {s["step"]: s["probability"] for s in answer["steps"]},
        "accepted": accepted,
        "causes": [[c["cause"], *c.get("named", [])] for c in answer["causes"]],
        "certainty": truth["cause_certainty"],
    }


def _scores(cases: list[Row]) -> list[Row]:
    stated = [c for c in cases if c["is_low"] and c["certainty"] == "stated_by_authors"]
    inferred = [c for c in cases if c["is_low"] and c["certainty"] != "stated_by_authors"]
    graded = [c for c in cases if c["true_grade"] is not None and (c["is_printed"] or not c["is_low"])]
    rows = [
        _score("detection", cases, lambda c: (c["status"] == "low") == c["is_low"], _constant(cases, "is_low")),
        _score("grade", graded, lambda c: c["grade"] == c["true_grade"], _constant(graded, "true_grade")),
        _score("emergency seen", [c for c in cases if c["is_emergency"]], lambda c: c["tier"] in URGENT, 1.0),
        _score("calm kept", [c for c in cases if not c["is_emergency"]], lambda c: c["tier"] not in URGENT, 0.0),
    ]
    for name, of in (("stated", stated), ("inferred", inferred)):
        rows += [
            _score(f"mechanism ({name})", of, lambda c: c["step"] in c["mechanisms"], _best(of, "mechanisms", 1)),
            _score(f"cause first ({name})", of, lambda c: _hit(c, 1), _best(of, "accepted", 1)),
            _score(f"cause in first three ({name})", of, lambda c: _hit(c, 3), _best(of, "accepted", 3)),
        ]
    not_low = [c for c in cases if not c["is_low"]]
    rows.append(_score("no cause named when not low", not_low, lambda c: not c["causes"], 1.0))
    return rows


def _briers(cases: list[Row]) -> list[Row]:
    """The Brier score of the steps: the mean of (probability - truth) squared, over each step of each low patient.

    A step is true where the authors name it, false where they do not accept it; one they accept beside it is not
    scored. Beside it stands what the best constant forecast gets, the share of the same cases in which a step is true.
    Steps of a patient who is not found low count as probability 0.
    """
    rows = []
    for name, certain in (("stated", True), ("inferred", False)):
        low = [c for c in cases if c["is_low"] and (c["certainty"] == "stated_by_authors") == certain]
        scored = [
            (step, probability or 0.0, float(step == case["mechanism"]))
            for case in low
            for step, probability in case["step_probabilities"].items()
            if step == case["mechanism"] or step not in case["mechanisms"]
        ]
        truths: dict[str, list[float]] = {}
        for step, _, true in scored:
            truths.setdefault(step, []).append(true)
        constant = {step: sum(of) / len(of) for step, of in truths.items()}
        rows.append(
            {
                "score": f"Brier score of steps ({name})",
                "cases": len(low),
                "of": len(scored),
                "brier": _mean([(p - true) ** 2 for _, p, true in scored]),
                "constant": _mean([(constant[step] - true) ** 2 for step, _, true in scored]),
            }
        )
    return rows


def _mean(of: list[float]) -> float | None:
    return sum(of) / len(of) if of else None


def _score(name: str, of: list[Row], is_right: Callable[[Row], bool], constant: float) -> Row:
    wrong = [c["case"] for c in of if not is_right(c)]
    share = (len(of) - len(wrong)) / len(of) if of else None
    return {
        "score": name,
        "right": len(of) - len(wrong),
        "of": len(of),
        "share": share,
        "constant": constant,
        "wrong": wrong,
    }


def _hit(case: Row, first: int) -> bool:
    return any(name in case["accepted"] for names in case["causes"][:first] for name in names)


def _constant(of: list[Row], field: str) -> float:
    return Counter(c[field] for c in of).most_common(1)[0][1] / len(of) if of else 0.0


def _best(of: list[Row], field: str, many: int) -> float:
    """The share of cases that the best fixed set of `many` answers would get right."""
    ids = sorted({name for c in of for name in c[field]})
    sets: Iterable[tuple[str, ...]] = combinations(ids, min(many, len(ids)))
    return max((sum(any(n in c[field] for n in chosen) for c in of) for chosen in sets), default=0) / max(len(of), 1)


def write(result: Row) -> str:
    """The result as text: one line a case, then the scores."""
    lines = [f"{'case':<10}{'low?':<7}{'status':<13}{'grade':<8}{'urgent?':<9}{'tier':<12}{'step':<16}first cause"]
    for c in result["cases"]:
        grade = f"{'-' if c['grade'] is None else c['grade']}/{'-' if c['true_grade'] is None else c['true_grade']}"
        cause = "/".join(c["causes"][0][:3]) if c["causes"] else "-"
        lines.append(
            f"{c['case']:<10}{c['is_low']!s:<7}{c['status']:<13}{grade:<8}{c['is_emergency']!s:<9}"
            f"{c['tier']:<12}{c['step'] or '-':<16}{cause}"
        )
    lines += ["", f"{'score':<36}{'right':>9}{'share':>8}{'constant':>10}  wrong"]
    for s in result["scores"]:
        share = "-" if s["share"] is None else f"{s['share']:.0%}"
        of = f"{s['right']}/{s['of']}"
        lines.append(f"{s['score']:<36}{of:>9}{share:>8}{s['constant']:>10.0%}  {' '.join(s['wrong'])}")
    lines += ["", f"{'score, 0 is best':<36}{'of':>9}{'':>8}{'constant':>10}"]
    for b in result["brier"]:
        if b["brier"] is not None:
            lines.append(f"{b['score']:<36}{b['of']:>9}{b['brier']:>8.3f}{b['constant']:>10.3f}")
    return "\n".join(lines) + "\n"
