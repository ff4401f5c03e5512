"""Words planted in every field of a request are found nowhere afterwards: not in the log, errors, counts or files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serve.ward import PATH, ask, order, question, result, service, settings, token

MARK = "CANARY"


def planted() -> dict[str, Any]:
    """A call with a canary in every text that a client fills, and a patient whom it still answers."""
    body = question("order-sign", orders=[order("CANARY-order", "sotalol CANARY drug")])
    name = [{"family": "CANARY-family", "given": ["CANARY-given"]}]
    body["prefetch"]["patient"] |= {
        "name": name, "address": [{"line": ["CANARY street"]}], "telecom": [{"value": "CANARY@example.org"}],
        "identifier": [{"system": "urn:CANARY", "value": "CANARY-mrn"}], "text": {"div": "<div>CANARY</div>"},
    }  # fmt: skip
    noted = result("19123-9", 1.1, "mg/dL", "Magnesium CANARY", note=[{"text": "CANARY note"}])
    body["prefetch"]["magnesium"] = {"resourceType": "Bundle", "id": "CANARY", "entry": [{"resource": noted}]}
    body["prefetch"]["CANARY-key"] = {"resourceType": "CANARY"}
    body["context"] |= {"userId": "Practitioner/CANARY-user", "encounterId": "CANARY-encounter", "CANARY": "CANARY"}
    body |= {"hookInstance": "CANARY-instance", "fhirServer": "https://CANARY.example.org/fhir", "CANARY-more": 1}
    body["fhirAuthorization"] = {"access_token": "CANARY-token", "subject": "CANARY", "scope": "CANARY"}
    return body


def bodies() -> Iterator[tuple[str, bytes]]:
    """The planted call, and every way to spoil it."""
    whole = planted()
    yield "whole", json.dumps(whole).encode()
    for key in ("hook", "hookInstance", "context", "prefetch", "fhirAuthorization", "fhirServer"):
        yield f"{key} wrong", json.dumps(whole | {key: ["CANARY"]}).encode()
    for key in ("patientId", "userId", "draftOrders", "encounterId"):
        yield f"{key} wrong", json.dumps(whole | {"context": whole["context"] | {key: {"CANARY": 1}}}).encode()
    for key in whole["prefetch"]:
        yield f"{key} wrong", json.dumps(whole | {"prefetch": whole["prefetch"] | {key: "CANARY"}}).encode()
    text = json.dumps(whole)
    yield "cut", text[: len(text) // 2].encode()
    yield "key twice", (text[:-1] + ', "CANARY-more": 2}').encode()
    yield "nan", text.replace("1.1", "NaN").encode()
    yield "nul", text.replace("CANARY note", "CANARY\\u0000note").encode()
    yield "huge number", text.replace("1.1", "1e999").encode()


def test_no_canary_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    replies = []
    with service(settings(tmp_path)) as caller:
        for _, body in bodies():
            head = {"Authorization": f"Bearer {token()}", "X-CANARY": "CANARY", "User-Agent": "CANARY"}
            replies.append(caller.post(PATH, content=body, headers=head))
        replies.append(caller.get("/CANARY?CANARY=CANARY"))
        replies.append(
            caller.post("/cds-services/CANARY", json=planted(), headers={"Authorization": "Bearer CANARY.x.y"})
        )
        feedback = {"feedback": [{"card": "c", "outcome": "overridden", "outcomeTimestamp": "t", "CANARY": "CANARY",
                                  "overrideReason": {"userComment": "CANARY", "reason": {"code": "CANARY"}}}]}  # fmt: skip
        replies.append(ask(caller, feedback, f"{PATH}/feedback"))
        monkeypatch.setattr("hypomag.serve.hooks.assess", _broken)
        replies.append(ask(caller, planted()))
        counts = caller.app.desk.counts.text()
    assert {reply.status_code for reply in replies} >= {200, 400, 404, 500}
    told = [reply.text for reply in replies if reply.status_code != 200]
    captured = capfd.readouterr()
    files = [file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) >= 3
    for place in (captured.out, captured.err, counts, *told, *files):
        assert MARK not in place


def _broken(record: Any, **_: Any) -> None:
    raise ValueError(f"a fault with the patient in it: {record.tables['observations']} CANARY")
