"""Bodies made to hurt, as large as the default limits let them be: processor time and memory until they are refused.

    python -m bench.serve_bombs

The last two are let in: the most that a body may hold, read and answered.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from tests.serve.ward import NOW, bundle, question, result

from hypomag.record import Refused
from hypomag.serve.body import parsed
from hypomag.serve.question import question as checked
from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import Limits

MOST = Limits().body_bytes - 100
BOMBS = {
    "lists in lists": lambda: b"[" * MOST,
    "objects in objects": lambda: b'{"a":' * (MOST // 5),
    "lists, closed": lambda: b"[" * (MOST // 2) + b"]" * (MOST // 2),
    "one long list": lambda: b"[" + b"0," * (MOST // 2 - 2) + b"0]",
    "many keys": lambda: b"{" + b",".join(b'"%07d":0' % n for n in range(MOST // 12)) + b"}",
    "within the number of values": lambda: b"[" + b"[]," * 45_000 + b"[]]",
    "one long number": lambda: b'{"a":' + b"9" * (MOST - 10) + b"}",
    "one long decimal": lambda: b'{"a":0.' + b"9" * (MOST - 10) + b"}",
    "escapes": lambda: b'{"a":"' + b"\\u0041" * (MOST // 6 - 4) + b'"}',
    "quotes": lambda: b'"' + b'\\"' * (MOST // 2 - 2) + b'"',
    "a text without an end": lambda: b'{"a":"' + b"x" * (MOST - 10),
    "the same key twice, late": lambda: b'{"a":1,"b":"' + b"x" * (MOST - 40) + b'","a":2}',
}


def tried(name: str) -> None:
    """One bomb in a process of its own: milliseconds, megabytes above the start, and what became of it."""
    body, limits = BOMBS[name](), Limits()
    parsed(b"{}", limits)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        checked(parsed(body, limits))
        said = "let in"
    except Refusal as refusal:
        said = str(refusal.status)
    spent = 1000 * (time.process_time() - began)
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"| {name} | {len(body) / 2**20:.1f} | {said} | {spent:.0f} | {more:.0f} |")


def largest() -> None:
    """The most results that the limits let in, answered."""
    from hypomag.assess import assess
    from hypomag.serve.hooks import gathered

    body = question()
    results = [result("19123-9", 1.1 + n / 10_000, "mg/dL", "Magnesium") for n in range(3200)]
    body["prefetch"]["magnesium"] = bundle(*results)
    data = json.dumps(body).encode()
    assess(gathered(checked(question())), as_of=NOW)
    began = time.process_time()
    try:
        assess(gathered(checked(parsed(data, Limits()))), as_of=NOW)
    except (Refusal, Refused) as wrong:
        print(wrong)
    print(f"\n3,200 magnesium results ({len(data) / 2**20:.1f} MB): {time.process_time() - began:.2f} s of CPU")


def main() -> None:
    if len(sys.argv) > 1:
        tried(sys.argv[1])
        return
    print("| body | MB | became | CPU ms | MB more |")
    print("|---|---|---|---|---|")
    for name in BOMBS:
        print(
            subprocess.run(
                [sys.executable, "-m", "bench.serve_bombs", name], capture_output=True, text=True, check=True
            ).stdout,
            end="",
        )
    largest()


if __name__ == "__main__":
    main()
