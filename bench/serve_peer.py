"""Reading back from somebody else's FHIR server: sekmet-fhir behind TLS, with a bearer token.

    python -m bench.serve_peer PYTHON

PYTHON: an interpreter that has sekmet-fhir (a virtual environment of its own: it is no dependency of ours). Needs openssl.
The peer does not run user launches, so a SMART launch is not tried here.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.serve.ward import NOW, PATIENT, ask, client, order, question, result, service, settings

PORT = 8462
SERVER = f"https://localhost:{PORT}/fhir"
TOKEN = "peer-token"
RUN = """
import sys, uvicorn
from sekmet.config import Settings
from sekmet.main import create_app
made = create_app(Settings(base_url=sys.argv[1], db_path="peer.db", server_auth={"types": ["bearer"], "tokens": [sys.argv[2]]}))
uvicorn.run(made, host="127.0.0.1", port=int(sys.argv[3]), ssl_certfile="peer.pem", ssl_keyfile="peer.key", log_level="warning")
"""


def certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "peer.key", "-out", "peer.pem",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


def send(folder: Path, resource: dict[str, Any]) -> None:
    """PUT one resource into the peer."""
    url = f"{SERVER}/{resource['resourceType']}/{resource['id']}"
    request = urllib.request.Request(url, json.dumps(resource).encode(), method="PUT")
    request.add_header("Authorization", f"Bearer {TOKEN}")
    request.add_header("Content-Type", "application/fhir+json")
    urllib.request.urlopen(
        request, context=ssl.create_default_context(cafile=str(folder / "peer.pem")), timeout=10
    ).read()


def started(python: str, folder: Path) -> subprocess.Popen:
    (folder / "run.py").write_text(RUN)
    log = (folder / "log").open("w")
    peer = subprocess.Popen([python, "run.py", SERVER, TOKEN, str(PORT)], cwd=folder, stdout=log, stderr=log)
    for _ in range(200):
        try:
            send(folder, PATIENT)
            return peer
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError((folder / "log").read_text()[-2000:])


def asked(folder: Path, server: str = SERVER, token: str = TOKEN, **changed: Any) -> str:
    """What a call without any prefetch gets."""
    from hypomag.serve.settings import Limits

    more = {"fetch_back": True, "fhir_servers": (SERVER,), "private_networks": ("127.0.0.0/8", "::1/128")} | changed
    chosen = settings(
        folder, clients=(client(folder, **more),), ca=str(folder / "peer.pem"), limits=Limits(fetch_seconds=5.0)
    )
    body = question() | {"fhirServer": server, "fhirAuthorization": {"access_token": token}}
    body["prefetch"] = {}
    with service(chosen, NOW) as caller:
        began = time.monotonic()
        reply = ask(caller, body)
        took = time.monotonic() - began
    cards = reply.json().get("cards")
    said = cards[0]["summary"] if cards else reply.json().get("issue", [{}])[0].get("diagnostics", "no card")
    return f"{reply.status_code}, {said} ({1000 * took:.0f} ms)"


def main(python: str) -> None:
    folder = Path(tempfile.mkdtemp())
    certificate(folder)
    peer = started(python, folder)
    try:
        send(folder, result("19123-9", 1.1, "mg/dL", "Magnesium") | {"id": "mg"})
        send(folder, result("2160-0", 0.8, "mg/dL", "Creatinine") | {"id": "cr"})
        medication = order("ppi", "omeprazole", "active")
        send(folder, medication | {"dosageInstruction": [{"text": "20 mg daily"}]})
        print("| reading back from sekmet-fhir 0.1.1, nothing prefetched | |")
        print("|---|---|")
        print(f"| allowed | {asked(folder)} |")
        print(f"| wrong token | {asked(folder, token='wrong')} |")
        print(f"| its network not listed | {asked(folder, private_networks=())} |")
        print(
            f"| another address than the listed | {asked(folder, server=SERVER.replace('localhost', 'localhost.example'))} |"
        )
        print(f"| switched off | {asked(folder, fetch_back=False)} |")
    finally:
        peer.terminate()
        peer.wait(10)


if __name__ == "__main__":
    main(sys.argv[1])
