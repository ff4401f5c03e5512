"""The audit: one line an answer, each carrying the hash of the one before, in a file that is only added to.

Who, what, when, which version, a hash of what came in and of what went out; patients and users only as keyed hashes. A
line that cannot be written blocks the answer. Beside it audit.head keeps how many lines there are and the last hash, so
that a missing end is seen too; both are shared by all workers under a lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypomag.record import Refused

BEGIN = "0" * 64
FILE, HEAD = "audit.jsonl", "audit.head"


class Audit:
    """Appends lines. Not for use by two threads at once; by any number of processes."""

    def __init__(self, folder: Path, to_disk: bool = True) -> None:
        self.to_disk = to_disk
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        self.file = os.open(folder / FILE, flags, 0o600)
        self.head = os.open(folder / HEAD, os.O_RDWR | os.O_CREAT, 0o600)
        self.known = (0, 0, BEGIN)  # size up to which we know the file, lines, last hash
        fcntl.flock(self.head, fcntl.LOCK_EX)
        try:
            self._mend()
        finally:
            fcntl.flock(self.head, fcntl.LOCK_UN)

    def _mend(self) -> None:
        """A line cut short by a crash never belonged to an answer: it goes, before anything is added."""
        size = os.fstat(self.file).st_size
        step = min(size, 2**16)
        tail = os.pread(self.file, step, size - step)
        if tail and not tail.endswith(b"\n"):
            os.ftruncate(self.file, size - (len(tail) - tail.rfind(b"\n") - 1))

    def add(self, line: Mapping[str, Any]) -> None:
        """Append one line. Raises OSError where it cannot be kept: then nothing may be answered."""
        fcntl.flock(self.head, fcntl.LOCK_EX)
        try:
            count, last = self._follow()
            body = json.dumps({"n": count + 1, **line, "before": last}, ensure_ascii=True)
            digest = hashlib.sha256(body.encode()).hexdigest()
            data = f'{body[:-1]}, "hash": "{digest}"}}\n'.encode()
            if os.write(self.file, data) != len(data):
                self._mend()
                raise OSError("the disk took only a part of an audit line")
            if self.to_disk:
                os.fdatasync(self.file)
            self.known = (self.known[0] + len(data), count + 1, digest)
            os.pwrite(self.head, f"{count + 1:020d} {digest}\n".encode(), 0)
        finally:
            fcntl.flock(self.head, fcntl.LOCK_UN)

    def _follow(self) -> tuple[int, str]:
        """Read what other workers added since."""
        size, count, last = self.known
        if os.fstat(self.file).st_size > size:
            self._mend()  # nobody else is writing now: what is not whole was left by a worker that died
        now = os.fstat(self.file).st_size
        if now < size:
            raise OSError("the audit is shorter than it was")
        while size < now:
            chunk = os.pread(self.file, min(now - size, 2**20), size)
            end = chunk.rfind(b"\n") + 1
            lines = chunk[:end].splitlines()
            count, last, size = count + len(lines), json.loads(lines[-1])["hash"], size + end
        self.known = (size, count, last)
        return count, last

    def close(self) -> None:
        os.close(self.file)
        os.close(self.head)


def verify(folder: Path) -> int:
    """How many lines the audit of a folder has, all in an unbroken chain. Raises Refused at the first that is not."""
    count, last, named = 0, BEGIN, ""
    try:
        head = (folder / HEAD).read_text("ascii").split()
        with (folder / FILE).open("rb") as lines:
            for raw in lines:
                count += 1
                last = _link(raw, count, last)
                if head and count == int(head[0]):
                    named = last
    except OSError as wrong:
        raise Refused(f"{folder}: the audit cannot be read ({wrong.strerror}).") from None
    if head and (int(head[0]) > count or named != head[1]):
        raise Refused(f"{folder / FILE}: {head[0]} lines were written; the end is missing or not the one that was.")
    return count


def _link(raw: bytes, count: int, last: str) -> str:
    """The hash of one line, after a check that it follows the one before."""
    body, mark, rest = raw.rpartition(b', "hash": "')
    digest = hashlib.sha256(body + b"}").hexdigest()
    said = json.loads(body + b"}") if mark else {}
    if rest != f'{digest}"}}\n'.encode() or said.get("n") != count or said.get("before") != last:
        raise Refused(f"audit line {count}: changed, moved, or something before it is missing.")
    return digest
