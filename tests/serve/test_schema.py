"""Whatever is sent, the reply is one that OpenAPI describes, never a fault of ours; 20,000 calls with HYPOMAG_MANY=1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as how

from tests.many import many
from tests.serve.ward import TestClient, bearer, service, settings

CALLS = many(12, 5000)  # of each of the four operations that take anything
SENT = ("method", "url", "headers", "params", "json", "content", "data")


def called(caller: TestClient, operation: Any, headers: dict[str, str]) -> int:
    """How many calls of one operation were made; each must get a reply that its description knows."""
    counted = 0
    known = {int(status) for status in operation.definition.raw["responses"] if status.isdigit()}

    @how(max_examples=CALLS, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
         suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy())
    def call(case: schemathesis.Case) -> None:
        nonlocal counted
        counted += 1
        sent = case.as_transport_kwargs(base_url="http://localhost")
        if isinstance(sent.get("data"), bytes):
            sent["content"] = sent.pop("data")
        sent["headers"] = {k: v for k, v in sent["headers"].items() if v.isascii()} | headers
        reply = caller.request(**{key: value for key, value in sent.items() if key in SENT and value is not None})
        assert reply.status_code in known, f"{operation.label}: {reply.status_code} is not described"
        assert reply.status_code < 500

    call()
    return counted


@pytest.mark.filterwarnings("ignore")
def test_no_call_breaks_it(tmp_path: Path) -> None:
    with service(settings(tmp_path, dev=True)) as caller:
        schema = schemathesis.openapi.from_dict(caller.get("/openapi.json").json())
        operations = [found.ok() for found in schema.get_all_operations()]
        assert len(operations) >= 9
        counts = {one.label: called(caller, one, {}) for one in operations}
    assert sum(counts.values()) >= 4 * CALLS, counts


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_token_beside_any_body_is_401(tmp_path: Path) -> None:
    wrong = bearer("/elsewhere")
    with service(settings(tmp_path)) as caller:
        for path in ("/cds-services/magnesium", "/cds-services/magnesium/feedback", "/fhir/$assess"):
            for body in (b"", b"{", b"[]", b"{}", b"\xff"):
                assert caller.post(path, content=body, headers=wrong).status_code == 401
