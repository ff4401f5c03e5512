"""A body as JSON, after a look at how many values and how many levels it has."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any

from hypomag.read import json_text
from hypomag.record import Refused
from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import Limits

TEXTS = re.compile(rb'"[^"]*"?')
LINE = re.compile(r"line \d+")
OTHER = bytes(set(range(256)) - set(b'{}[]"'))
STEP = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}


def parsed(body: bytes, limits: Limits, most: int = 0) -> Any:
    """The JSON value of a body. Raises Refusal before anything large is made of it. most: values, else those of a hook."""
    most = most or limits.values
    if sum(body.count(mark) for mark in (b"{", b"[", b",")) > most:
        raise Refusal(413, f"The body may have {most} values.")
    if depth(body) > limits.depth:
        raise Refusal(400, f"The body may nest {limits.depth} levels deep.")
    try:
        return json_text.loads(body, "body")
    except Refused as wrong:
        where = LINE.search(str(wrong))  # a path would repeat keys of the request
        place = f" ({where.group()})" if where else ""
        raise Refusal(400, f"The body is not plain UTF-8 JSON, or says a key twice{place}.") from None


def depth(body: bytes) -> int:
    """How deep objects and lists nest; marks within texts do not count."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    marks = TEXTS.sub(b"", plain.translate(None, OTHER))
    return max(accumulate(map(STEP.__getitem__, marks)), default=0)
