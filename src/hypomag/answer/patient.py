"""The part `patient_text`: the finished answer in words that a patient reads. Chooses sentences, decides nothing."""

from __future__ import annotations

from typing import Any

from hypomag.answer.facts import Row, known
from hypomag.knowledge.sentences import sentences

CAUSES_NAMED = 2  # more would not be read
WORDS_SHOWN, WORDS_LONG = 5, 40
URGENT = ("emergency", "same_day")
SIGNS = ("red_flag", "sign_with_low", "aggravated")


def patient_text(answer: Row, language: str = "en") -> Row:
    """The text for the patient of an answer: title, number line, what it is, what to do, when to call, what follows.

    Every part is a list of plain sentences; `questions` are always three. No amounts of magnesium to take.
    """
    said = sentences(language)["patient"]
    status, grade = answer["level"]["status"], answer["level"]["ctcae_grade"]
    causes = _causes(answer)
    words = [said["causes"][cause] for cause in causes]
    flags = dict.fromkeys(flag["flag"] for flag in answer["level"]["flags"])
    now, usually = said["now"], said["usually"]
    return {
        "language": language,
        "title": said["title"][f"low_{grade}" if status == "low" and grade is not None else status],
        "line": line(answer["level"], said["line"]),
        "what": [
            *said["what"]["all"],
            *said["what"][status],
            *(said["flags"][flag] for flag in flags if flag in said["flags"]),
            *(cause["what"] for cause in words),
        ],
        "now": [
            *_how_fast(answer, now),
            *now["status"][status],
            *now["all"],
            *(cause["now"] for cause in words),
        ],
        "call": [*said["call"]["all"], *said["call"][status]],
        "usually": [*usually[status], *_ways(answer, usually["ways"]), *(cause["usually"] for cause in words)],
        "questions": [*(cause["question"] for cause in words[:1]), *said["questions"][status][len(words[:1]) :]],
        "note": said["note"],
        "headings": said["headings"],
        "causes": causes,
        "sources": _sources(answer, causes),
    }


def _causes(answer: Row) -> list[str]:
    """The plain words of the likeliest causes that the record tells of; suspects are not told to the patient."""
    words = known("cause_words", "cause")
    recorded = [cause["cause"] for cause in answer["causes"] if cause["recorded"] and cause["cause"] in words]
    return list(dict.fromkeys(words[cause]["words"] for cause in recorded))[:CAUSES_NAMED]


def _how_fast(answer: Row, said: Any) -> list[str]:
    """How fast to act and why; what was not understood stands before what calms, and after what calls for help."""
    tier = answer["urgency"]["tier"]
    fast, unclear = (
        [*said["tier"][tier], *_because(answer["urgency"], said["because"])],
        _unclear(answer, said["unclear"]),
    )
    return fast + unclear if tier in URGENT else unclear + fast


def _unclear(answer: Row, said: Any) -> list[str]:
    """What was told in words that are not known here, or only in doubt: a sign may be among them, and nothing was made of it."""
    doubted = [fact["says"] for flag in answer["urgency"]["suspected"] for fact in flag["evidence"]]
    texts = list(dict.fromkeys([row["text"] for row in answer["not_recognised"]] + doubted))
    return [said["words"].format(words=_quoted(texts, said["more"])), said["sign"]] if texts else []


def _because(urgency: Row, said: Any) -> list[str]:
    """The signs that make it urgent, as the record tells of them: without them the page says more than its title."""
    urgent = [flag for flag in urgency["red_flags"] if flag["tier"] == urgency["tier"] and flag["tier"] in URGENT]
    texts = [fact["says"] for flag in urgent if flag["kind"] in SIGNS for fact in flag["evidence"]]
    return [said["words"].format(words=_quoted(list(dict.fromkeys(texts)), said["more"]))] if texts else []


def _quoted(texts: list[str], more: str) -> str:
    quoted = [f'"{" ".join(text.split())[:WORDS_LONG]}"' for text in texts[:WORDS_SHOWN]]
    return ", ".join([*quoted, more] if len(texts) > WORDS_SHOWN else quoted)


def _sources(answer: Row, causes: list[str]) -> list[str]:
    words = known("cause_words", "cause")
    named = [c for c in answer["causes"] if c["cause"] in words and words[c["cause"]]["words"] in causes]
    flags = answer["urgency"]["red_flags"]
    return sorted({key for row in (*named, *flags) for key in row["sources"]})


def _ways(answer: Row, said: Any) -> list[str]:
    """By mouth, by vein or muscle, or both, as the options of the plan have it."""
    ways = {"mouth" if option["route"] == "po" else "vein" for option in _magnesium(answer)}
    if not ways:
        return []
    return [said["both" if len(ways) > 1 else ways.pop()]]


def _magnesium(answer: Row) -> list[Row]:
    return [o for o in answer["treatment"]["options"] if o["way"] not in ("antidote", "dialysate", "nutrition")]


def line(level: Row, said: Any) -> Row:
    """The number line: the result as the laboratory wrote it, the normal part and whose it is, and where the result is."""
    of = level["range"] or {"low": None, "high": None, "unit": None, "profile": None}
    words = []
    if level["as_written"] and level["value"] is not None:
        day = level["taken_at"]
        value = said["signs"].get(level["comparator"], "") + level["as_written"].lstrip("<>=≤≥~ ")
        words.append(said["value" if day else "value_no_day"].format(value=value, day=(day or "")[:10]))
        words += _range(level, of, said)
        words.append(said[level["status"]])
    else:
        words.append(said["not_measured"])
    return {
        "words": " ".join(words),
        "as_written": level["as_written"],
        "value": level["value"],
        "unit": level["unit"],
        "comparator": level["comparator"],
        "low": of["low"],
        "high": of["high"],
        "range_unit": of["unit"],
        "range_by": of["profile"],
        "taken_at": level["taken_at"],
    }


def _range(level: Row, of: Row, said: Any) -> list[str]:
    """The normal part in words, where the result is known in its unit."""
    if of["low"] is None and of["high"] is None:
        return []
    same = []
    if of["unit"] != level["unit"]:
        if of["unit"] != "mmol/L" or level["value_mmol_l"] is None:
            return [said["other_unit"]]
        same = [said["as_mmol"].format(value=f"{level['value_mmol_l']:.4g}")]
    key = "laboratory" if of["profile"] == "laboratory" else "ours"
    key += "" if None not in (of["low"], of["high"]) else "_low" if of["high"] is None else "_high"
    return [*same, said[key].format(low=_plain(of["low"]), high=_plain(of["high"]), unit=of["unit"])]


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"
