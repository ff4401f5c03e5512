"""JSON that may come from anybody, and its numbers as they were written."""

from __future__ import annotations


class Written(str):
    """A number with a fraction or exponent, as written: `1.10` stays `1.10`; float() gives its value."""

    __slots__ = ()


def is_number(value: object) -> bool:
    """A JSON number: not true or false, not a text that looks like one."""
    return type(value) in (int, Written, float)
