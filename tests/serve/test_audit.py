"""The audit: nothing is answered without it, nothing in it changes unseen, and a killed worker loses none of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hypomag.record import Refused
from hypomag.serve.audit import FILE, HEAD, Audit, verify
from tests.serve.ward import ask, bearer, question, service, settings


def written(folder: Path, lines: int) -> list[str]:
    audit = Audit(folder, to_disk=False)
    for n in range(lines):
        audit.add({"what": f"line {n}"})
    audit.close()
    return (folder / FILE).read_text().splitlines(keepends=True)


TAMPERED = {
    "one deleted": lambda lines: lines[:3] + lines[4:],
    "first deleted": lambda lines: lines[1:],
    "last deleted": lambda lines: lines[:-1],
    "all deleted": lambda lines: [],
    "edited": lambda lines: [line.replace("line 5", "line 6") for line in lines],
    "two swapped": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "one doubled": lambda lines: [*lines[:2], lines[2], *lines[2:]],
    "cut within": lambda lines: [*lines[:-1], lines[-1][:20]],
    "one added": lambda lines: [*lines[:4], lines[4].replace("line 4", "line x"), *lines[4:]],
    "blanks": lambda lines: [lines[0].replace(": ", ":"), *lines[1:]],
}


@pytest.mark.parametrize("how", TAMPERED)
def test_every_change_is_seen(tmp_path: Path, how: str) -> None:
    lines = written(tmp_path, 10)
    assert verify(tmp_path) == 10
    (tmp_path / FILE).write_text("".join(TAMPERED[how](lines)))
    with pytest.raises(Refused):
        verify(tmp_path)


def test_two_workers_write_one_chain(tmp_path: Path) -> None:
    workers = [Audit(tmp_path, to_disk=False) for _ in range(3)]
    for n in range(30):
        workers[n * 7 % 3].add({"n_of_test": n})
    assert verify(tmp_path) == 30


WRITER = """
import sys
from pathlib import Path
from hypomag.serve.audit import Audit
audit = Audit(Path(sys.argv[1]), to_disk=False)
n = 0
while True:
    audit.add({"what": n})
    print(n, flush=True)
    n += 1
"""


def test_kill_9_loses_no_line(tmp_path: Path) -> None:
    """Whatever a worker said it had written before it was killed stands there, and others go on after it."""
    known = -1
    for _ in range(5):
        worker = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert worker.stdout
        worker.stdout.readline()
        time.sleep(0.05)
        os.kill(worker.pid, signal.SIGKILL)
        said = [int(line) for line in worker.stdout.read().split("\n") if line]
        worker.wait()
        known += 1 + (max(said) if said else 0)
        assert verify(tmp_path) >= known + 1
        known = verify(tmp_path) - 1


def test_a_line_cut_by_a_crash_goes_and_the_next_follows(tmp_path: Path) -> None:
    written(tmp_path, 3)
    living = Audit(tmp_path, to_disk=False)
    with (tmp_path / FILE).open("a") as file:
        file.write('{"n": 4, "what": "half')
    living.add({"what": "whole"})
    Audit(tmp_path, to_disk=False).add({"what": "after"})
    assert verify(tmp_path) == 5


def test_no_audit_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(settings(tmp_path)) as caller:
        assert ask(caller, question()).status_code == 200

        def full(*_: Any) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("hypomag.serve.audit.os.write", full)
        for path in ("", "/feedback"):
            body = (
                question()
                if not path
                else {"feedback": [{"card": "c", "outcome": "overridden", "outcomeTimestamp": "t"}]}
            )
            reply = ask(caller, body, f"/cds-services/magnesium{path}")
            assert reply.status_code == 503
            assert "cards" not in reply.json()
        monkeypatch.undo()
        assert ask(caller, question()).status_code == 200
    assert verify(tmp_path) == 2


def test_it_says_who_what_when_and_which_version(tmp_path: Path) -> None:
    with service(settings(tmp_path)) as caller:
        body = question()
        reply = ask(caller, body)
        assert caller.get("/cds-services", headers=bearer("/cds-services")).status_code == 200
    line = json.loads((tmp_path / FILE).read_text().splitlines()[0])
    assert line["who"] == "ehr"
    assert line["what"] == "patient-view"
    assert line["program"] and line["knowledge"]
    assert line["card"] == reply.json()["cards"][0]["uuid"]
    assert len(line["came"]) == len(line["went"]) == 64
    assert "p1" not in json.dumps(line).split('"')


def test_the_head_is_read_only_by_its_owner(tmp_path: Path) -> None:
    written(tmp_path, 1)
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    assert (tmp_path / HEAD).stat().st_mode & 0o077 == 0
