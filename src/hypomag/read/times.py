"""Times as they are written, as whole seconds since 1970-01-01T00:00:00Z with what they are precise to.

A time known only to the day, month or year stands at the middle of what it says.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

DAY = 86400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
UNIX_DAY = date(1970, 1, 1).toordinal()
DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
USUAL = re.compile(r"....-..-..T..:..:")  # what the library reads as we do, and faster
CLOCK = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d|60)(?:\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?")

Time = tuple[int, str]  # seconds, precision: second, day, month, year


class NoZone(ValueError):
    """A clock time without a zone. `day` is what can still be said of it."""

    def __init__(self, day: Time) -> None:
        super().__init__("a clock time without a time zone; add Z or an offset such as +01:00")
        self.day = day


def parse(text: str) -> Time:
    """ "2024", "2024-05", "2024-05-29" or "2024-05-29T19:52:25+02:00" as (seconds, precision).

    Raises NoZone for a clock time without a zone, ValueError for anything else that is no such time.
    """
    if USUAL.match(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None  # a leap second, or no time at all
        if moment is not None and moment.tzinfo is not None:
            return (moment - EPOCH) // SECOND, "second"
    if found := DATE.fullmatch(text):
        return whole(*(int(part) for part in found.groups() if part))
    if not (found := CLOCK.fullmatch(text)):
        raise ValueError("not a date or time such as 2024-05-29 or 2024-05-29T19:52:25Z")
    day, hour, minute, second, zone = found.groups()
    if zone is None:
        raise NoZone(parse(day))
    moment = datetime.fromisoformat(f"{day}T{hour}:{minute}:00{zone.upper()}")
    return (moment - EPOCH) // SECOND + int(second or 0), "second"


def last_second(text: str) -> int:
    """The last second of what the text says, for ends that include their day, month or year.

    Raises as `parse` does.
    """
    seconds, precision = parse(text)
    if precision == "second":
        return seconds
    day = date(*(int(part) for part in f"{text}-01-01"[:10].split("-")))
    after = day + timedelta(days=1) if precision == "day" else months_later(day, 1 if precision == "month" else 12)
    return (after.toordinal() - UNIX_DAY) * DAY - 1


def whole(year: int, month: int | None = None, day: int | None = None) -> Time:
    """The middle of a year, month or day. Raises ValueError where there is no such date."""
    first = date(year, 1 if month is None else month, 1 if day is None else day)
    if day is not None:
        return _middle(first, first + timedelta(days=1)), "day"
    if month is not None:
        return _middle(first, months_later(first, 1)), "month"
    return _middle(first, months_later(first, 12)), "year"


def born(age: int, unit: str, at: int) -> Time:
    """When somebody was born who is `age` completed units (years, months, weeks, days) old at the time `at`.

    The middle of the whole unit in which the birth lies; its precision is never finer than that unit.
    """
    today = (EPOCH + timedelta(seconds=at)).date()
    if unit in ("years", "months"):
        step = 12 if unit == "years" else 1
        return _middle(months_later(today, -step * (age + 1)), months_later(today, -step * age)), unit[:-1]
    days = 7 if unit == "weeks" else 1
    late = today - timedelta(days=days * age)
    if unit == "days":
        return _middle(late, late + timedelta(days=1)), "day"
    return _middle(late - timedelta(days=6), late + timedelta(days=1)), "month"


def months_later(day: date, months: int) -> date:
    """The same day `months` later (earlier if negative), or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _middle(first: date, after: date) -> int:
    """Halfway between the start of `first` and the start of `after`."""
    return (first.toordinal() + after.toordinal() - 2 * UNIX_DAY) * DAY // 2
