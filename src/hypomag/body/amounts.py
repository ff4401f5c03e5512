"""Amounts and times in words: '4 g', '300 mg/d', '2 h'. What is unknown is refused, never guessed."""

import re

from hypomag.body.known import Mistake

HOURS = {
    "min": 1 / 60,
    "mins": 1 / 60,
    "minute": 1 / 60,
    "minutes": 1 / 60,
    "h": 1.0,
    "hr": 1.0,
    "hrs": 1.0,
    "hour": 1.0,
    "hours": 1.0,
    "d": 24.0,
    "day": 24.0,
    "days": 24.0,
    "w": 168.0,
    "wk": 168.0,
    "week": 168.0,
    "weeks": 168.0,
    "y": 8766.0,
    "year": 8766.0,
    "years": 8766.0,
}
MMOL_PER_MG = 1 / 24.305
MMOL = {"mmol": 1.0, "meq": 0.5, "mg": MMOL_PER_MG, "g": 1000 * MMOL_PER_MG}
NUMBER = r"[-+]?\d+(?:\.\d+)?"


def hours(text: object, where: str) -> float:
    """Hours from '90 min', '2 h', '14 d' or a number (hours)."""
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        raise Mistake(f"{where}: '{text}' is not a time; write for example '2 h' or '14 d'.")
    if isinstance(text, int | float):
        return float(text)
    match = re.fullmatch(rf"\s*({NUMBER})\s*([a-zA-Z]+)\s*", text)
    if not match or match[2].lower() not in HOURS:
        raise Mistake(f"{where}: '{text}' is not a time; write a number and one of min, h, d, weeks, years.")
    return float(match[1]) * HOURS[match[2].lower()]


def mmol_per_hour(text: object, where: str) -> float:
    """mmol of magnesium an hour from '300 mg/d', '12 mmol/d' or a number (mmol a day)."""
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        raise Mistake(f"{where}: '{text}' is not an intake; write for example '300 mg/d'.")
    match = re.fullmatch(
        rf"\s*({NUMBER})\s*([a-zA-Z]+)\s*/\s*(d|day|h)\s*", text if isinstance(text, str) else f"{text} mmol/d"
    )
    if not match or match[2].lower() not in MMOL:
        raise Mistake(f"{where}: '{text}' is not an intake; write for example '300 mg/d' or '12 mmol/d'.")
    if float(match[1]) < 0:
        raise Mistake(f"{where}: '{text}' is below zero; an intake is zero or more.")
    return float(match[1]) * MMOL[match[2].lower()] / (24.0 if match[3] != "h" else 1.0)
