"""Times as written: seconds, precision, and what has no zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypomag.read import times

NOON = 978350400  # date -u -d 2001-01-01T12:00:00Z +%s


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2001-01-01T12:00:00Z", (NOON, "second")),
        ("2001-01-01T12:00:00.999Z", (NOON, "second")),
        ("2001-01-01T14:00:00+02:00", (NOON, "second")),
        ("2000-12-31T22:00:00-14:00", (NOON, "second")),
        ("2001-01-01T12:00Z", (NOON, "second")),
        ("2001-01-01t12:00:00z", (NOON, "second")),
        ("2001-01-01 12:00:00Z", (NOON, "second")),
        ("2000-12-31T23:59:60Z", (978307200, "second")),  # a leap second is the next second
        ("2001-01-01", (NOON, "day")),
        ("2001-01", (978307200 + 31 * 43200, "month")),
        ("2001", (978307200 + 365 * 43200, "year")),
        ("2004-02", (1075593600 + 29 * 43200, "month")),
        ("1969-12-31T23:59:59Z", (-1, "second")),
        ("1969-12-31T23:59:59.5Z", (-1, "second")),  # floored, not cut towards 1970
    ],
)
def test_times(text, expected):
    assert times.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "20010101", "2001-1-1", "2001-13", "2001-02-29", "2001-01-01T24:00:00Z", "2001-01-01T12:61:00Z", "0000",
     "2001-W01-1T10:00:00Z", "2001-01-01T12:00:00+25:00", "01.02.2001", "2001-01-01T12Z", " 2001", "2001-01-01T"],
)  # fmt: skip
def test_what_is_no_time(text):
    with pytest.raises(ValueError):
        times.parse(text)


@pytest.mark.parametrize("text", ["2001-01-01T12:00:00", "2001-01-01T12:00", "2001-01-01 23:59:59"])
def test_a_clock_without_a_zone_keeps_its_day(text):
    with pytest.raises(times.NoZone) as missing:
        times.parse(text)
    assert missing.value.day == (NOON, "day")


@given(st.datetimes(datetime(1, 1, 2), datetime(9998, 12, 30)), st.integers(-14 * 60, 14 * 60))
def test_any_offset_is_the_same_moment(moment, minutes):
    shift = timedelta(minutes=minutes)
    sign, ahead = ("-", -shift) if shift < timedelta(0) else ("+", shift)
    offset = f"{sign}{ahead.seconds // 3600:02}:{ahead.seconds // 60 % 60:02}"
    seconds = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    assert times.parse((moment + shift).isoformat() + offset) == (seconds, "second")


@given(st.dates(date(2, 1, 1), date(9998, 12, 31)))
def test_a_partial_date_stands_in_the_middle_of_what_it_says(day):
    for text, last in ((day.isoformat(), day), (day.isoformat()[:7], None), (day.isoformat()[:4], None)):
        middle, precision = times.parse(text)
        end = times.last_second(text)
        if last:
            assert precision == "day"
            assert end == (datetime(last.year, last.month, last.day, 23, 59, 59) - datetime(1970, 1, 1)).total_seconds()
        start = end + 1 - 2 * (end + 1 - middle)
        assert datetime(1970, 1, 1) + timedelta(seconds=start) == datetime.strptime(f"{text}-01-01"[:10], "%Y-%m-%d")


@given(
    st.integers(0, 120),
    st.sampled_from(["years", "months", "weeks", "days"]),
    st.dates(date(1900, 1, 1), date(2099, 1, 1)),
)
def test_somebody_born_then_has_that_age(age, unit, today):
    at = int((datetime(today.year, today.month, today.day, 12) - datetime(1970, 1, 1)).total_seconds())
    middle, precision = times.born(age, unit, at)
    birth = (datetime(1970, 1, 1) + timedelta(seconds=middle)).date()
    days = (today - birth).days
    months = (today.year - birth.year) * 12 + today.month - birth.month - (today.day < birth.day)
    assert {"years": months // 12, "months": months, "weeks": days // 7, "days": days}[unit] == age
    assert precision == {"years": "year", "months": "month", "weeks": "month", "days": "day"}[unit]


def test_a_birth_year_agrees_with_an_age_told_on_new_years_day():
    assert times.born(58, "years", NOON) == times.parse("1942")
    assert times.born(5, "months", NOON) == times.parse("2000-07")
    assert times.born(0, "days", NOON) == times.parse("2001-01-01")


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2001-01-31", 1, "2001-02-28"),
        ("2004-01-31", 1, "2004-02-29"),
        ("2001-01-30", 1, "2001-02-28"),
        ("2004-01-30", 1, "2004-02-29"),
        ("2001-03-31", 1, "2001-04-30"),
        ("2001-03-31", -1, "2001-02-28"),
        ("2001-12-31", 1, "2002-01-31"),
        ("2004-02-29", -12, "2003-02-28"),
    ],
)
def test_months_later_keeps_the_day_or_takes_the_last_of_a_shorter_month(day, months, then):
    assert times.months_later(date.fromisoformat(day), months) == date.fromisoformat(then)


def test_a_birth_weeks_ago_lies_in_the_middle_of_its_seven_days():
    """2 weeks old on 2001-01-01: born from 2000-12-12 to 2000-12-18, the middle is noon of the 15th."""
    assert times.born(2, "weeks", NOON) == (times.parse("2000-12-15")[0], "month")


def test_the_last_second_of_a_moment_is_itself():
    assert times.last_second("2001-01-01T12:00:00Z") == NOON


def test_every_part_of_a_time_is_a_whole_number():
    for text in ("2000-12-31T23:59:60Z", "2001-01-01", "2001"):
        assert isinstance(times.parse(text)[0], int)
