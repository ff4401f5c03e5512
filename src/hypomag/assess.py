"""One record in, one answer a patient out. The rules decide; here their rows become the answer's stable shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from threading import local
from typing import Any

from hypomag import __version__, check, knowledge
from hypomag.answer import alerts, basis, danger, follow, level, patient, trail, treat, why
from hypomag.answer.facts import CONTRADICTIONS, Facts, Row, Rows, contradictions, iso
from hypomag.engine import texts
from hypomag.engine.sqlite import Bedside
from hypomag.protocol import Protocol, named
from hypomag.recognise import recognise
from hypomag.record import Record, Refused, latest_times, seal

Answer = dict[str, Any]
Run = Callable[[Mapping[str, Iterable[tuple[Any, ...]]], Iterable[str]], Rows]

WANTED = (*level.WANTED, *danger.WANTED, *why.WANTED, *treat.WANTED, *follow.WANTED, *alerts.WANTED, *CONTRADICTIONS)

_of_thread = local()


def bedside() -> Bedside:
    """The SQLite connection of this thread, made at first use."""
    if not hasattr(_of_thread, "bedside"):
        _of_thread.bedside = Bedside()
    return _of_thread.bedside


def assess(record: Record, **asked: Any) -> Answer:
    """The answer for a record of one patient; takes what `answers` takes. Refuses a record of several."""
    found = answers(record, **asked)
    if len(found) != 1:
        raise Refused(f"the record holds {len(found)} patients: name one of them (--patient)")
    return next(iter(found.values()))


def answers(
    record: Record,
    *,
    as_of: int | None = None,
    profile: str | None = None,
    scheme: str = "ctcae_v5",
    protocol: str | Path | None = None,
    run: Run | None = None,
) -> dict[str, Answer]:
    """The answer for each patient of a record, by the source's patient id.

    as_of: epoch seconds of the moment asked about; without it the latest clinical time in the record.
    profile, scheme: names from knowledge/level/ranges.csv and grades.csv. protocol: the name of a published replacement
    protocol, or a hospital's own as a CSV file (docs/how-to/protocol.md). run: where the rules run, SQLite by default.
    Raises ValueError for an unknown profile or scheme, and for a protocol that is unknown or at fault.
    """
    check_choice(profile, scheme)
    sealed = seal(record)
    moments = _moments(sealed, as_of)
    chosen = named(protocol)
    tables, not_recognised = _inputs(sealed, moments, profile or "", scheme)
    if chosen is not None:
        tables |= chosen.tables()
    rows = (run or bedside().run)(tables, WANTED)
    return assemble(sealed, rows, moments, not_recognised, scheme, chosen)


def relations(record: Record, wanted: Iterable[str], as_of: int | None = None) -> Rows:
    """The rows of any relations for a record, as the rules make them: for looking behind an answer."""
    sealed = seal(record)
    tables, _ = _inputs(sealed, _moments(sealed, as_of), "", "ctcae_v5")
    return bedside().run(tables, wanted)


def _inputs(
    sealed: Record, moments: dict[int, int], profile: str, scheme: str
) -> tuple[dict[str, Iterable[tuple[Any, ...]]], set[tuple[str, str]]]:
    """What the rules read of this record, and the texts that no word or code of ours explains."""
    said, coded, not_recognised = recognise(sealed, knowledge.load())
    tables: dict[str, Iterable[tuple[Any, ...]]] = {
        name: [tuple(fact.values()) for fact in facts] for name, facts in sealed.tables.items()
    }
    tables |= {"said": said, "coded": coded, "asked": list(moments.items()), "choice": [(profile, scheme)]}
    return tables, set(not_recognised)


def check_choice(profile: str | None, scheme: str) -> None:
    """Refuse a range profile or grading scheme that cannot be asked for. Raises ValueError with those that can."""
    tables = knowledge.load().tables
    ranges = {row["profile"]: row for row in tables["ranges"].dicts()}
    free = [name for name, row in ranges.items() if row["by"] != "age" and row["standing"] != "recall"]
    if profile is not None and profile not in free:
        why = "there is no profile"
        if profile in ranges:
            by_age = ranges[profile]["by"] == "age"
            why = "age alone chooses the profile" if by_age else "no source was seen for the profile"
        raise ValueError(f"{why} {profile!r}; to be asked for: {', '.join(sorted(free))}")
    schemes = sorted(set(tables["grades"].column("scheme")))
    if scheme not in schemes:
        raise ValueError(f"there is no scheme {scheme!r}; there are {', '.join(schemes)}")


def _moments(sealed: Record, as_of: int | None) -> dict[int, int]:
    """The moment asked about, for each patient: as given, or the record's own, or its latest time."""
    patients = [who["patient"] for who in sealed.tables["patients"]]
    moment = as_of if as_of is not None else sealed.as_of
    if moment is not None:
        return dict.fromkeys(patients, moment)
    latest = latest_times(sealed)
    return {patient: latest.get(patient, 0) for patient in patients}


def assemble(
    sealed: Record,
    rows: Rows,
    moments: Mapping[Any, int],
    not_recognised: set[tuple[str, str]],
    scheme: str,
    protocol: Protocol | None = None,
) -> dict[str, Answer]:
    """The answer for each patient, by the source's id, of what the rules made of a sealed record.

    moments: the moment asked about, by patient as the rows name them.
    """
    facts: dict[Any, dict[int, tuple[str, Row]]] = {patient: {} for patient in moments}
    unknown: dict[Any, set[tuple[str, str]]] = {patient: set() for patient in moments}
    for table, of in sealed.tables.items():
        for fact in of:
            facts[fact["patient"]][fact["row"]] = (table, fact)
            if (table, fact.get("text")) in not_recognised:
                unknown[fact["patient"]].add((table, fact["text"]))
    by_patient: dict[Any, Rows] = {patient: defaultdict(list) for patient in moments}
    for relation, found in rows.items():
        for row in found:
            by_patient[row["patient"]][relation].append(row)
    return {
        who["id"]: _answer(
            by_patient[who["patient"]],
            moments[who["patient"]],
            Facts(facts[who["patient"]]),
            {
                "not_recognised": [{"fact": table, "text": text} for table, text in sorted(unknown[who["patient"]])],
                "left_out": left_out(sealed),
            },
            scheme,
            None if protocol is None else protocol.said(),
        )
        for who in sealed.tables["patients"]
    }


def left_out(sealed: Record) -> list[Row]:
    """What of the input was not used, and why; nothing where the record is of several patients and does not say whose."""
    if len(sealed.tables["patients"]) > 1:
        return []
    return [{"source_ref": one.source_ref, "reason": one.reason} for one in sealed.rejects]


@cache
def _about() -> dict[str, str]:
    """What each rule says of itself."""
    return {rule.name: rule.about for rule in texts.rules()}


def _answer(
    rows: Rows, as_of: int, facts: Facts, unread: dict[str, list[Row]], scheme: str, protocol: Row | None
) -> Answer:
    reasons, because = trail.trail(rows, facts), why.because(rows, facts)
    answer = {
        "as_of": iso(as_of),
        "level": level.part(rows, facts, scheme),
        "urgency": danger.urgency(rows, facts),
        "companions": danger.companions(rows, facts),
        "findings": why.findings(rows, facts),
        "fractional_excretion": why.fractional_excretion(rows, facts),
        "steps": why.steps(rows, because),
        "causes": why.causes(rows, because),
        "conclusion": why.conclusion(rows),
        "consequences": why.consequences(rows, facts),
        "tests": why.tests(rows, facts),
        "untested": why.untested(rows, facts),
        "treatment": treat.treatment(rows, facts, protocol=protocol),
        "follow_up": follow.follow_up(rows, facts),
        "outlook": follow.outlook(rows, facts),
        "alerts": alerts.alerts(rows, facts),
        "patient_text": None,
        "missing": danger.missing(rows),
        "unreadable": danger.unreadable(rows, facts),
        "contradictions": contradictions(rows, facts),
        **unread,
        "trail": reasons,
        "sources": trail.sources(reasons),
        "version": {"program": __version__, "knowledge": knowledge.load().version},
    }
    looked_at = check.last_look(answer)
    return looked_at | {
        "basis": basis.basis(looked_at, _about()),
        "patient_text": patient.patient_text(looked_at),
    }
