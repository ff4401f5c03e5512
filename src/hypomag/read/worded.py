"""The lines of an export that say what other lines said before, but for id, patient, times and value.

Most lines of an export are written alike: a few patterns, and in each a few wordings. A wording is lifted once, by the
reader of a single patient; its lines only give what is their own. What is like no other line is left to that reader.
"""

from __future__ import annotations

import gzip
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypomag.read import alike, json_text, pattern, wording
from hypomag.record import Refused

if alike.FAST:
    import numpy as np

BLOCK = 16 * 2**20  # bytes of lines compared at a time
IN_HAND = 128 * 2**20  # bytes of lines before they are handed on
MOST_PATTERNS, TRIED = 400, 24  # patterns known at most; lines that are tried for a new one at a time
MOST_WORDINGS, PLACES = 2**16, 2**18  # known at most, about 2 kB each; places in the table of their hashes
FIRST = 4096  # lines of a block that are looked at first, so that what is no help is seen early
MANY, FEW = 100, 3  # a pattern with many wordings, and not so many lines for each new one, is no help


@dataclass
class Block:
    """Whole lines of a file: their bytes, the number of the first, and where each begins and ends."""

    data: Any  # an array of bytes, with SPARE more behind the lines
    first: int
    begins: Any
    ends: Any

    def line(self, n: int) -> bytes:
        return self.data[self.begins[n] : self.ends[n]].tobytes()


# What is lifted, a value for each line: number, wording, patient, id, order, specimen, value0 ... time2.
Columns = dict[str, Any]
Left = list[tuple[int, bytes]]  # numbers and bytes of the lines left to the reader of a single patient


def blocks(file: Path) -> Iterator[Block]:
    """The lines of an NDJSON file, gzip or not, without a byte order mark. Raises Refused as json_text.lines does."""
    try:
        with file.open("rb") as start:
            packed = start.read(2) == json_text.GZIP
        with gzip.open(file, "rb") if packed else file.open("rb") as stream:
            yield from _blocks(file, stream)
    except (OSError, EOFError, zlib.error) as wrong:
        raise Refused(f"{file}: cannot be read to its end ({wrong}); copy the file again.") from None


def _blocks(file: Path, stream: Any) -> Iterator[Block]:
    held = np.zeros(BLOCK + alike.SPARE, np.uint8)
    number, filled, more = 1, 0, True
    while more:
        size = held.size - alike.SPARE
        while filled < size and (got := stream.readinto(held.data[filled:size])):
            filled += got
        more = filled == size
        if not more and filled and held[filled - 1] != 10:
            held[filled] = 10
            filled += 1
        begins, ends = alike.lines(held, held.view(np.uint64), filled)
        rest = int(ends[-1]) + 1 if ends.size else 0
        if filled - rest > json_text.MAX_BYTES or (ends.size and int(np.max(ends - begins)) > json_text.MAX_BYTES):
            line = number + (int(np.argmax(ends - begins)) if ends.size else 0)
            raise Refused(f"{file} line {line}: {json_text.too_large('the line', json_text.MAX_BYTES)}")
        if ends.size:
            if number == 1 and held[:3].tobytes() == b"\xef\xbb\xbf":
                begins[0] = 3
            yield Block(held, number, begins, ends - ((ends > begins) & (held[ends - 1] == 13)))
            number += ends.size
            filled -= rest
            held[:filled] = held[rest : rest + filled]
        elif more:  # a line longer than what is held
            held = np.concatenate((held[:filled], np.zeros(filled + alike.SPARE, np.uint8)))


class Worded:
    """The patterns and wordings met so far."""

    def __init__(self) -> None:
        self.patterns: list[pattern.Pattern] = []
        self.said: list[list[wording.Said]] = []  # the facts of each wording; none where its lines are left
        self.plain = np.zeros(MOST_WORDINGS + 1, np.bool_)  # whether it has any; the last: LEFT
        self.key = np.array([secrets.randbits(64) | 1 for _ in range(4)], np.uint64)
        self.order = np.zeros(0, np.int64)
        self.wordings = np.zeros((PLACES, 2), np.uint64), np.full(PLACES, -1, np.int64)
        self.met = np.zeros((MOST_WORDINGS, 2), np.int64), np.zeros((MOST_WORDINGS, alike.TIMES), np.int64)
        self.counts = np.zeros(2, np.int64)  # of wordings met, and of patients in the block
        self.dropped: set[int] = set()
        self._arrange()

    def kind(self, wording: int) -> str:
        """The kind of resource that has the wording."""
        return self.patterns[self.met[0][wording, 1]].kind

    def lines(self, file: Path) -> Iterator[tuple[Columns, Left]]:
        """What of a file's lines is lifted, and the lines left, many at a time."""
        lifted: list[Columns] = []
        left: Left = []
        size = 0
        for block in blocks(file):
            columns, others = self.compare(block)
            lifted.append(columns)
            left += [(block.first + n, line) for n in others if (line := block.line(n).strip())]
            size += int(block.ends[-1])
            if size > IN_HAND:
                yield _joined(lifted), left
                lifted, left, size = [], [], 0
        if lifted:
            yield _joined(lifted), left

    def compare(self, block: Block) -> tuple[Columns, list[int]]:
        """Take apart the lines of a block; new patterns and wordings are learnt from those that are like no other."""
        self._begin(block)
        lines = np.arange(block.ends.size)
        for todo in (lines[:FIRST], lines[FIRST:]):
            self._try(block, todo)
            while (left := todo[self.out[0][todo] == alike.LEFT]).size and self._learn(block, left):
                self._try(block, left)
            self._judge(block, todo)
        return self._lines(block)

    def _begin(self, block: Block) -> None:
        n = block.ends.size
        size = 2 ** max(int(2 * n).bit_length(), 4)
        self.counts[1] = 0
        self.whos = np.zeros((size, 2), np.uint64), np.full(size, -1, np.int64)
        self.who_met = np.zeros((n, 2), np.int64)
        self.out = (np.full(n, alike.LEFT), np.zeros(n, np.int64), np.zeros((n, alike.TIMES), np.int64),
                    np.zeros(n, np.bool_))  # fmt: skip
        self.fitted: list[Any] = []  # for each comparison: the lines that fit, and their five texts

    def _try(self, block: Block, todo: Any) -> None:
        """Compare lines that no pattern fitted before."""
        if not (todo.size and self.order.size):
            return
        longest = int(np.sum(block.ends[todo] - block.begins[todo])) + todo.size
        texts = tuple(np.empty(min(longest, todo.size * most), np.uint8) for most in (65, 80, 74, 31, 31))
        sizes = alike.compare(
            block.data, block.data.view(np.uint64), block.begins, block.ends, todo, self.arranged, self.order, self.key,
            (*self.wordings, *self.whos, self.counts, *self.met, self.who_met), self.out, texts,
        )  # fmt: skip
        fit = todo[self.out[0][todo] != alike.LEFT]
        self.fitted.append((fit, *(text[:size].tobytes() for text, size in zip(texts, sizes, strict=True))))

    def _learn(self, block: Block, left: Any) -> bool:
        """Learn the patterns of some of the lines; whether there was a new one."""
        known = len(self.patterns)
        for n in left[:: max(left.size // TRIED, 1)][:TRIED].tolist():
            line = block.line(n)
            try:
                found = pattern.pattern_of(line, json_text.loads(line, "line")) if line.strip() else None
            except Refused:
                continue
            if found and found not in self.patterns and len(self.patterns) < MOST_PATTERNS:
                self.patterns.append(found)
        if len(self.patterns) > known:
            self._arrange()
            self.order = np.concatenate((np.arange(known, len(self.patterns)), self.order))
        return len(self.patterns) > known

    def _arrange(self) -> None:
        """The patterns as arrays: the bytes that stay lie in whole words, so that eight are compared at once."""
        fixed, parts, first = bytearray(), [], [0]
        for one in self.patterns:
            for text, role in one.parts:
                parts.append((len(fixed) // 8, len(text), role))
                fixed += text + bytes(-len(text) % 8)
            first.append(len(parts))
        at, length, behind = np.array(parts, np.int64).reshape(-1, 3).T.copy()
        self.arranged = np.array(first), np.frombuffer(bytes(fixed + bytes(8)), np.uint64), at, length, behind

    def _judge(self, block: Block, lines: Any) -> None:
        """Ask the reader of a single patient what each new wording says."""
        new = np.arange(len(self.said), self.counts[0])
        if not new.size:
            return
        of = self.met[0][:, 1]
        for n in np.unique(of[new]).tolist():
            worded = int(np.sum(of[: self.counts[0]] == n))
            here = self.out[0][lines]
            if worded > MANY and int(np.sum(of[here[here != alike.LEFT]] == n)) < FEW * int(np.sum(of[new] == n)):
                self.dropped.add(n)
                self.order = self.order[self.order != n]
        for n in new.tolist():
            line, which = self.met[0][n].tolist()
            facts = None
            if which not in self.dropped:
                try:
                    resource = json_text.loads(block.line(line), "line")
                    facts = wording.said(self.patterns[which], resource, self.met[1][n].tolist())
                except Refused:
                    pass
            self.said.append(facts or [])
            self.plain[n] = bool(facts)

    def _lines(self, block: Block) -> tuple[Columns, list[int]]:
        """The lines that are lifted by their wording, as columns."""
        worded, who, times, high = self.out
        is_plain = self.plain[worded]
        for n in np.flatnonzero(high & is_plain).tolist():
            try:
                block.line(n).decode()
            except UnicodeDecodeError:
                is_plain[n] = False
        data = block.data
        names = [data[a:b].tobytes().decode() for a, b in self.who_met[: self.counts[1]].tolist()]
        lines = np.concatenate([one[0] for one in self.fitted]) if self.fitted else np.zeros(0, np.int64)
        keep = is_plain[lines]
        columns: dict[str, Any] = {"number": lines + block.first, "wording": worded[lines]}
        columns["patient"] = np.array([*names, ""], object)[who[lines]]
        for n in range(alike.TIMES):
            columns[f"time{n}"] = times[lines, n] if (times[lines, n] != alike.NO_TIME).any() else None
        for n, name in enumerate(("id", "order", "specimen", "value0", "value1"), 1):
            texts = b"".join(one[n] for one in self.fitted)
            some = len(texts) > lines.size
            columns[name] = np.array(texts.decode().split("\n")[:-1], object) if some else None
        if not keep.all():
            columns = {name: None if column is None else column[keep] for name, column in columns.items()}
        return columns, np.flatnonzero(~is_plain).tolist()


def _joined(parts: list[Columns]) -> Columns:
    """The columns of blocks one after the other; those that nowhere hold anything are left out."""
    made: Columns = {}
    for name in parts[0]:
        if any(part[name] is not None for part in parts):
            blank = alike.NO_TIME if name.startswith("time") else ""
            made[name] = np.concatenate([
                np.full(part["number"].size, blank, np.int64 if blank else object) if part[name] is None else part[name]
                for part in parts
            ])  # fmt: skip
    return made
