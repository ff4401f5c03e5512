"""Faults of the input and of the machine end in a sentence or in the same bytes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

PATIENT = str(files("hypomag") / "cases" / "patients" / "ppi_severe.toml")
ONE = b'{"resourceType": "Patient", "id": "p"}'


def hypomag(*arguments: str, stdin: bytes = b"", stdout: int | None = subprocess.PIPE, **environment: str):
    """The command line as a stranger runs it."""
    return subprocess.run(
        [sys.executable, "-m", "hypomag", *arguments], input=stdin, stdout=stdout, stderr=subprocess.PIPE,
        env=os.environ | environment, timeout=120, check=False,
    )  # fmt: skip


WORLDS = (
    {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
    {"LC_ALL": "de_DE.UTF-8", "TZ": "America/St_Johns", "PYTHONHASHSEED": "4242"},
)


def test_language_zone_and_hash_seed_change_no_byte() -> None:
    plain = hypomag("assess", PATIENT, "--json").stdout
    assert plain
    for world in WORLDS:
        assert hypomag("assess", PATIENT, "--json", **world).stdout == plain, world


def test_a_decimal_comma_is_never_a_larger_number() -> None:
    for world in WORLDS[1:]:
        form = json.dumps({"as_of": "2026-01-02", "labs": {"magnesium": "1,2 mg/dL"}}).encode()
        done = hypomag("assess", "-", "--json", stdin=form, **world)
        level = json.loads(done.stdout)["level"]["status"] if done.stdout else "refused"
        assert level in ("cannot_tell", "refused"), world


def test_a_full_disk_is_no_success() -> None:
    with open("/dev/full", "wb") as full:
        assert hypomag("assess", PATIENT, "--json", stdout=full.fileno()).returncode not in (0, 3, 4)


def test_a_place_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Patient.ndjson").write_bytes(ONE + b"\n")
    done = hypomag("screen", str(tmp_path / "in"), "--out", str(tmp_path / "file" / "out"))
    assert done.returncode != 0 and b"Traceback" not in done.stderr


ATTACKS = {
    "depth 100,000": b"[" * 100_000 + b"]" * 100_000,
    "1e400": b'{"resourceType": "Observation", "valueQuantity": {"value": 1e400}}',
    "NaN": b'{"resourceType": "Observation", "valueQuantity": {"value": NaN}}',
    "a million digits": b'{"value": ' + b"9" * 1_000_000 + b"}",
    "a key twice": b'{"resourceType": "Observation", "valueQuantity": {"value": 1, "value": 2}}',
    "byte order mark": b"\xef\xbb\xbf" + ONE,
    "UTF-16": ONE.decode().encode("utf-16"),
    "half a surrogate": b'{"resourceType": "Patient", "id": "\\ud800"}',
    "invalid UTF-8": b'{"resourceType": "Patient", "id": "\xff"}',
    "trailing garbage": ONE + b"}",
    "gzip bomb 1000:1": gzip.compress(b" " * 64 * 2**20, 9),
    "a million entries": b"[" + b"{}," * 1_000_000 + b"{}]",
    "two documents": ONE + ONE,
}
WITHIN = """
import resource, sys
from hypomag.read import read
from hypomag.record import Refused
read(b'{"as_of": "2026-01-01"}')
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read(sys.stdin.buffer.read(), format="fhir")
except Refused as wrong:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, wrong)
"""


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_in_little_memory(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", WITHIN], input=ATTACKS[name], capture_output=True, check=False)
    assert done.returncode == 0 and done.stdout, done.stderr[-500:]
    kilobytes, _, sentence = done.stdout.decode().partition(" ")
    assert sentence.strip().endswith("."), sentence
    assert int(kilobytes) < 50_000 + len(ATTACKS[name]) // 1000, name
