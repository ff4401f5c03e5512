"""CDS Hooks under load: wrk on loopback, ES384 tokens on, each used once, beside a FastAPI service with a constant card.

    python -m bench.serve_load [seconds] [workers]

Needs wrk. Prints requests a second, latency, replies that were not 200, and CPU a request (user and system, of the
service's processes alone: wrk runs on the same cores).
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.serve.ward import NOW, POTASSIUM, bundle, client, question, result, settings, signed, token
from tests.serve.ward import keys as made_keys

from bench import bedside
from hypomag.serve import app
from hypomag.serve.audit import verify
from hypomag.serve.desk import Desk

PORT = 8461
PATH = "/cds-services/magnesium"
LUA = """
local tokens, n = {}, 0
for line in io.lines("%s/tokens") do tokens[#tokens + 1] = line end
local file = io.open("%s/body"); local body = file:read("*a"); file:close()
local wrong = 0
function request()
  n = n + 1
  return wrk.format("POST", "%s", {["Content-Type"] = "application/json", ["Authorization"] = tokens[n]}, body)
end
"""
CONSTANT = """
from fastapi import FastAPI
app = FastAPI()
CARD = {"cards": [{"summary": "constant", "indicator": "info", "source": {"label": "constant"}}]}

@app.post("/cds-services/{service}")
async def call(service: str, body: dict) -> dict:
    return CARD
"""


def light() -> dict[str, Any]:
    """30 results, 4 drugs and 2 conditions."""
    body = question()
    names = (
        ("19123-9", "Magnesium", "mg/dL", 1.1),
        ("2160-0", "Creatinine", "mg/dL", 0.8),
        (POTASSIUM, "Potassium", "mmol/L", 3.6),
    )
    kinds = [
        *names,
        ("17861-6", "Calcium", "mg/dL", 8.4),
        ("1751-7", "Albumin", "g/dL", 4.0),
        ("2777-1", "Phosphate", "mg/dL", 3.0),
    ]
    results = [
        result(code, value + day / 100, unit, name, f"2026-11-{day + 10:02}T08:00:00Z") for code, name, unit, value in kinds
        for day in range(5)
    ]  # fmt: skip
    body["prefetch"] |= {"magnesium": bundle(*results[:5]), "labs": bundle(*results[5:])}
    body["prefetch"]["medications"] = bundle(*(_named("MedicationRequest", f"m{n}", drug) for n, drug in enumerate(
        ("omeprazole 20 mg", "furosemide 40 mg", "metformin 500 mg", "digoxin 0.125 mg"))))  # fmt: skip
    body["prefetch"]["conditions"] = bundle(*(_named("Condition", f"c{n}", text) for n, text in enumerate(
        ("type 2 diabetes mellitus", "heart failure"))))  # fmt: skip
    return body


def _named(kind: str, name: str, text: str) -> dict[str, Any]:
    said = {"resourceType": kind, "id": name, "subject": {"reference": "Patient/p1"}}
    if kind == "Condition":
        return said | {"code": {"text": text}}
    return said | {"status": "active", "intent": "order", "medicationCodeableConcept": {"text": text}}


def heavy() -> dict[str, Any]:
    """The patient of bench/bedside.py: 300 results, 90 drugs, 70 conditions."""
    resources = [one["resource"] for one in json.loads(bedside.bundle(1))["entry"]]
    body = question()
    body["context"]["patientId"] = "p"

    def of(kind: str) -> dict[str, Any]:
        return bundle(*(one for one in resources if one["resourceType"] == kind))

    body["prefetch"] |= {"patient": resources[0], "magnesium": of("Observation"), "labs": None,
                         "medications": of("MedicationRequest"), "conditions": of("Condition")}  # fmt: skip
    return body


def tokens(folder: Path, number: int) -> None:
    now, key = int(time.time()), made_keys()["ES384"]
    with (folder / "tokens").open("w") as file:
        for n in range(number):
            said = {"iss": "https://ehr.example.org/fhir", "aud": f"http://127.0.0.1:{PORT}{PATH}", "iat": now,
                    "exp": now + 3600, "jti": f"{now}-{n}"}  # fmt: skip
            file.write("Bearer " + signed({"alg": "ES384", "kid": "ec"}, json.dumps(said).encode(), key) + "\n")


def cpu(pid: int) -> float:
    """User and system seconds of a process and its children, from /proc."""
    total = 0.0
    for task in [pid, *_children(pid)]:
        fields = Path(f"/proc/{task}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return [child for one in map(int, found) for child in (one, *_children(one))]


def started(command: list[str], folder: Path) -> subprocess.Popen:
    log = (folder / "log").open("w")
    source = str(Path(__file__).parents[1] / "src")
    service = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env={**os.environ, "PYTHONPATH": source})
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/ready", timeout=1)
            return service
        except urllib.error.HTTPError:
            return service
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the service did not start")


def stopped(service: subprocess.Popen) -> None:
    service.send_signal(signal.SIGTERM)
    service.wait(30)


def run(
    name: str, service: subprocess.Popen, folder: Path, body: dict[str, Any], seconds: int, clients: int, number: int
) -> str:
    (folder / "body").write_text(json.dumps(body))
    (folder / "load.lua").write_text(LUA % (folder, folder, PATH))
    tokens(folder, number)
    before = cpu(service.pid)
    said = subprocess.run(
        ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s", str(folder / "load.lua"),
         f"http://127.0.0.1:{PORT}"], capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    spent = cpu(service.pid) - before
    requests = int(re.search(r"(\d+) requests in", said)[1])
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    halves = {p: re.search(rf"{p}%\s+(\S+)", said)[1] for p in ("50", "99")}
    rate = re.search(r"Requests/sec:\s+(\S+)", said)[1]
    return (
        f"| {name} | {len(json.dumps(body)) // 1024} kB | {clients} | {rate} | {halves['50']} | {halves['99']} | "
        f"{wrong[1] if wrong else 0} of {requests} | {1000 * spent / requests:.2f} ms |"
    )


def least(body: dict[str, Any]) -> float:
    """CPU milliseconds of an answer without HTTP, in one process: the least of ten batches, so that others disturb little."""
    folder = Path(tempfile.mkdtemp())
    desk = Desk(settings(folder, repeat="until_answered"), lambda: NOW)
    data, batches = json.dumps(body).encode(), []
    for _ in range(11):
        sent = [f"Bearer {token()}" for _ in range(10)]
        began = time.process_time()
        for one in sent:
            app.answer(desk, one, data)
        batches.append(100 * (time.process_time() - began))
    return min(batches[1:])


def main(seconds: int = 30, workers: int = 2) -> None:
    folder = Path(tempfile.mkdtemp())
    client(folder)
    (folder / "serve.toml").write_text(
        f'base_url = "http://127.0.0.1:{PORT}"\nrepeat = "until_answered"\n[[client]]\nname = "ehr"\n'
        'issuer = "https://ehr.example.org/fhir"\nkeys = "keys.json"\n'
    )
    (folder / "constant.py").write_text(CONSTANT)
    print(f"CPU of an answer without HTTP: 30 results {least(light()):.1f} ms, heavy patient {least(heavy()):.1f} ms\n")
    print("| service | body | at once | requests/s | p50 | p99 | not 200 | CPU a request |")
    print("|---|---|---|---|---|---|---|---|")
    constant = [sys.executable, "-m", "uvicorn", "constant:app", "--port", str(PORT), "--workers", str(workers),
                "--no-access-log", "--log-level", "warning"]  # fmt: skip
    service = started(constant, folder)
    print(run("constant card, FastAPI, no token checked", service, folder, light(), seconds, 8, 10), flush=True)
    stopped(service)
    own = [
        sys.executable,
        "-m",
        "hypomag",
        "serve",
        "--settings",
        "serve.toml",
        "--port",
        str(PORT),
        "--workers",
        str(workers),
    ]
    service = started(own, folder)
    print(run("hypomag, 30 results", service, folder, light(), seconds, 8, 500 * seconds), flush=True)
    print(run("hypomag, heavy patient", service, folder, heavy(), seconds, 4, 200 * seconds), flush=True)
    print(run("hypomag, 30 results, overload", service, folder, light(), seconds, 200, 2500 * seconds), flush=True)
    print(run("hypomag, 30 results, after it", service, folder, light(), seconds, 8, 500 * seconds), flush=True)
    stopped(service)
    print(f"\nAudit after SIGTERM: {verify(folder / 'hypomag-state')} lines, unbroken")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
