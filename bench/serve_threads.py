"""Threads or processes: answers a second of one worker with one thread, one with two, and two with one, in turn.

    python -m bench.serve_threads [rounds]

An answer here is everything but HTTP: token, body, rules, card, audit.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from statistics import median
from threading import Lock
from typing import Any

from tests.serve.ward import NOW, settings, token

from bench.serve_load import light
from hypomag.serve import app
from hypomag.serve.desk import Desk

ANSWERS = 60


def many(folder: str, body: bytes, tokens: list[str], threads: int) -> float:
    """Seconds for these answers in one process with some threads, after each thread has warmed up."""
    desk = Desk(settings(Path(folder), repeat="until_answered"), lambda: NOW)

    add, alone = desk.audit.add, Lock()

    def one_at_a_time(line: Any) -> None:  # the audit is for one thread; two take turns
        with alone:
            add(line)

    desk.audit.add = one_at_a_time  # type: ignore[method-assign]

    def answer(one: str) -> None:
        app.answer(desk, f"Bearer {one}", body)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(answer, tokens[: 4 * threads]))
        began = time.perf_counter()
        list(pool.map(answer, tokens[4 * threads :]))
        return time.perf_counter() - began


def main(rounds: int = 5) -> None:
    body = json.dumps(light()).encode()
    found: dict[str, list[float]] = {
        "1 process, 1 thread": [],
        "1 process, 2 threads": [],
        "2 processes, 1 thread each": [],
    }
    with ProcessPoolExecutor(2) as processes:
        for _ in range(rounds):
            for name, workers, threads in (
                ("1 process, 1 thread", 1, 1), ("1 process, 2 threads", 1, 2), ("2 processes, 1 thread each", 2, 1),
            ):  # fmt: skip
                folders = [tempfile.mkdtemp()] * workers
                sent = [[token() for _ in range(ANSWERS // workers + 4 * threads)] for _ in folders]
                began = [
                    processes.submit(many, folder, body, some, threads)
                    for folder, some in zip(folders, sent, strict=True)
                ]
                found[name].append(ANSWERS / max(one.result() for one in began))
    print("| | answers/s (median) |")
    print("|---|---|")
    for name, rates in found.items():
        print(f"| {name} | {median(rates):.0f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
