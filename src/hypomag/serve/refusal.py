"""What is said to a caller whose request cannot be answered: an OperationOutcome, without a word of the patient."""

from __future__ import annotations

import json

TYPES = {
    400: "invalid", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported", 408: "timeout",
    409: "conflict", 412: "incomplete", 413: "too-long", 415: "not-supported", 422: "processing", 429: "throttled",
    500: "exception", 503: "transient",
}  # fmt: skip


class Refusal(Exception):
    """A request that is turned away, with the HTTP status and a sentence that says how to mend it."""

    def __init__(self, status: int, sentence: str = "", retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.retry_after = status, sentence, retry_after

    def body(self) -> bytes:
        """The OperationOutcome; nothing at all for 401, which gives no reason."""
        return b"" if self.status == 401 else outcome(self.status, self.sentence)

    def headers(self) -> dict[str, str]:
        found = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {"Content-Type": "application/fhir+json"}
        return found | ({"Retry-After": str(self.retry_after)} if self.retry_after is not None else {})


def outcome(status: int, sentence: str) -> bytes:
    issue = {"severity": "error", "code": TYPES.get(status, "processing"), "diagnostics": sentence}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}, ensure_ascii=False).encode()
