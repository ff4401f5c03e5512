"""JSON that may come from anybody: read whole, refused in one sentence, numbers kept as they were written.

Stricter than the standard library: a key given twice, NaN, numbers too large to hold, lone surrogates, NUL
characters, byte order marks and other encodings than UTF-8 are refused, each with the path or line where it is.
"""

from __future__ import annotations

import gzip
import json
import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypomag.record import Refused

MAX_BYTES = 32 * 2**20  # of one unpacked document; the largest lifetime record tried has 9 MB
MAX_VALUES = 1_000_000  # of objects, lists and commas in one document; that record has 209,000
CHUNK = 2**20
GZIP = b"\x1f\x8b"
MARKS = {b"\xef\xbb\xbf": "UTF-8 with a byte order mark", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
NUL_OR_SURROGATE = {0, *range(0xD800, 0xE000)}


class Written(str):
    """A number with a fraction or exponent, as written: `1.10` stays `1.10`; float() gives its value."""

    __slots__ = ()


def is_number(value: object) -> bool:
    """A JSON number: not true or false, not a text that looks like one."""
    return type(value) in (int, Written, float)


def load(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a file, unpacked where it is gzip. Refused beyond `max_bytes` before they are held."""
    try:
        if path.stat().st_size > max_bytes:
            raise Refused(too_large(str(path), max_bytes))
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)  # what is no regular file has no size
    except OSError as wrong:
        raise Refused(f"{path}: cannot be read ({wrong.strerror}).") from None
    return unpacked(data, str(path), max_bytes)


def unpacked(data: bytes, name: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes, unpacked where they are gzip, but never more than `max_bytes` of them."""
    if not data.startswith(GZIP):
        if len(data) > max_bytes:
            raise Refused(too_large(name, max_bytes))
        return data
    parts: list[bytes] = []
    room = max_bytes
    while data:  # one member after the other
        stream = zlib.decompressobj(wbits=31)
        while not stream.eof:
            try:
                part = stream.decompress(data, CHUNK)
            except zlib.error:
                raise Refused(f"{name}: starts like gzip but cannot be unpacked; copy the file again.") from None
            room -= len(part)
            if room < 0:
                raise Refused(too_large(name, max_bytes))
            parts.append(part)
            data = stream.unconsumed_tail
            if not data and not stream.eof and len(part) < CHUNK:
                raise Refused(f"{name}: the gzip data ends early; copy the file again.")
        data = stream.unused_data
    return b"".join(parts)


def too_large(name: str, max_bytes: int) -> str:
    return f"{name}: more than {max_bytes // 2**20} MB unpacked; send one patient at a time, or raise max_bytes."


def lines(path: Path, max_bytes: int = MAX_BYTES) -> Iterator[tuple[int, bytes]]:
    """The lines of an NDJSON file (gzip or not), numbered from 1, without their ends; empty ones are left out.

    A line longer than `max_bytes` is Refused. A byte order mark at the start, which bulk exports carry, is
    dropped; CRLF is a line end.
    """
    try:
        with path.open("rb") as start:
            packed = start.read(2) == GZIP
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            number = 0
            while line := file.readline(max_bytes + 1):
                number += 1
                if len(line) > max_bytes:
                    raise Refused(f"{path} line {number}: {too_large('the line', max_bytes)}")
                line = (line[3:] if number == 1 and line.startswith(b"\xef\xbb\xbf") else line).strip()
                if line:
                    yield number, line
    except (OSError, EOFError, zlib.error) as wrong:
        raise Refused(f"{path}: cannot be read to its end ({wrong}); copy the file again.") from None


def loads(data: bytes, name: str) -> Any:
    """The JSON value in `data`. Decimals become Written. Raises Refused with `name` and the path or line."""
    if len(data) > MAX_VALUES and sum(data.count(mark) for mark in (b"{", b"[", b",")) > MAX_VALUES:
        raise Refused(f"{name}: more than {MAX_VALUES} values; send one patient at a time.")
    text = decoded(data, name)
    kept = 0

    def count(made: dict[str, Any]) -> dict[str, Any]:
        nonlocal kept
        kept += len(made)
        return made

    try:
        value = json.loads(text, object_hook=count, parse_float=_decimal, parse_constant=_no_constant)
    except RecursionError:
        raise Refused(f"{name}: nested too deeply.") from None
    except json.JSONDecodeError as wrong:
        raise Refused(f"{name} line {wrong.lineno} column {wrong.colno}: not JSON ({wrong.msg}).") from None
    except ValueError:  # a number that Python will not hold
        try:
            sentence = _what_is_wrong(text, name)
        except (ValueError, RecursionError):  # and what follows it is no JSON either
            sentence = None
        raise Refused(sentence or f"{name}: not JSON, and a number in it is too large to hold.") from None
    # Every key ends in a quote and a colon. More of these than keys kept: a key stood twice in one object (or a
    # text holds an escaped quote before a colon). Counting costs a tenth of looking at each object's pairs.
    written = data.translate(None, b" \t\r\n").count(b'":')
    if written != kept or ("\\" in text and SUSPECT_ESCAPE.search(text)):
        sentence = _what_is_wrong(text, name)
        if sentence:
            raise Refused(sentence)
    return value


def toml(data: bytes, name: str) -> dict[str, Any]:
    """The TOML document in `data`, numbers as `loads` gives them. Raises Refused with `name` and the line."""
    text = decoded(data, name)
    try:
        return tomllib.loads(text, parse_float=_toml_decimal)
    except RecursionError:
        raise Refused(f"{name}: nested too deeply.") from None
    except ValueError as wrong:  # TOMLDecodeError, and numbers too large to hold
        raise Refused(f"{name}: not TOML, nor JSON ({str(wrong) or 'a number is too large to hold'}).") from None


def _toml_decimal(text: str) -> Written:
    value = float(text)
    if value - value != 0:  # TOML knows inf and nan
        raise ValueError
    return Written(text.replace("_", ""))


def decoded(data: bytes, name: str) -> str:
    """The bytes as text. Raises Refused where they are empty or not plain UTF-8."""
    if not data.strip():
        raise Refused(f"{name}: empty; there is nothing to read.")
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            raise Refused(f"{name}: written as {encoding}; save it as plain UTF-8.")
    if b"\0" in data[:4]:
        raise Refused(f"{name}: not UTF-8 text (UTF-16 or UTF-32?); save it as plain UTF-8.")
    try:
        return data.decode()
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise Refused(f"{name} line {line}: not valid UTF-8; save it as plain UTF-8.") from None


def _decimal(text: str) -> Written:
    if len(text) > 300 or "e" in text or "E" in text:
        value = float(text)
        if value - value != 0:
            raise ValueError
    return Written(text)


def _no_constant(text: str) -> None:
    raise ValueError


class _Wrong:
    """Stands in the document where something is not allowed."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def _what_is_wrong(text: str, name: str) -> str | None:
    """The sentence that names the first thing in well-formed JSON that we do not allow, by its path."""

    marked = False

    def mark(reason: str) -> _Wrong:
        nonlocal marked
        marked = True
        return _Wrong(reason)

    def pairs(found: list[tuple[str, Any]]) -> Any:
        made = dict(found)
        if len(made) < len(found):
            often = Counter(key for key, _ in found)
            made[next(key for key, n in often.items() if n > 1)] = mark("given twice; keep one")
        return made

    def decimal(written: str) -> Any:
        value = float(written)
        return value if value - value == 0 else mark("a number too large to hold")

    def whole(written: str) -> Any:
        return 0 if len(written) < 400 else mark("a number too large to hold")

    value = json.loads(
        text,
        object_pairs_hook=pairs,
        parse_float=decimal,
        parse_int=whole,
        parse_constant=lambda word: mark(f"{word} is not JSON; leave the element out or write null"),
    )
    if not marked and not SUSPECT_ESCAPE.search(text):
        return None
    for place, piece in _walk(value):
        reason = piece.reason if isinstance(piece, _Wrong) else None
        if isinstance(piece, str) and not NUL_OR_SURROGATE.isdisjoint(map(ord, piece)):
            reason = "holds a NUL character or half of a surrogate pair, which is no text"
        if reason:
            return f"{name}: {_path(place)}: {reason}."
    return None


Place = tuple[Any, Any] | None  # where the holder is, key or index; None for the document


def _walk(value: Any) -> Iterator[tuple[Place, Any]]:
    """Every value and every key of a document with its place, in the order of the document."""
    waiting: list[tuple[Place, Any]] = [(None, value)]
    while waiting:
        place, value = waiting.pop()
        yield place, value
        if isinstance(value, dict):
            yield from ((place, key) for key in value)
            waiting += [((place, key), item) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [((place, n), item) for n, item in reversed([*enumerate(value)])]


def _path(place: Place) -> str:
    """A place as people write it: entry[3].resource.valueQuantity.unit."""
    steps: list[str] = []
    while place:
        place, step = place
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(steps)).lstrip(".").encode("utf-8", "replace").decode() or "the document"
