"""A client with keys, a patient, and a service to call, for the tests of this folder."""

from __future__ import annotations

import json
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey, RSAKey

from hypomag.serve import app
from hypomag.serve.desk import Desk
from hypomag.serve.settings import Client, Settings

warnings.filterwarnings("ignore", message=".*httpx.*testclient.*")
from starlette.testclient import TestClient  # noqa: E402

NOW = 1_795_000_000  # 2026-11-18T11:06:40Z
ISSUER = "https://ehr.example.org/fhir"
BASE = "https://cds.example.org"
PATH = "/cds-services/magnesium"
EXAMPLE = "http://loinc.org"
MAGNESIUM, CREATININE, POTASSIUM = "19123-9", "2160-0", "2823-3"


@cache
def keys() -> dict[str, Any]:
    """One private key of each kind, made for this run."""
    return {"ES384": ECKey.generate_key("P-384", {"kid": "ec"}), "RS384": RSAKey.generate_key(2048, {"kid": "rsa"})}


def client(folder: Path, **more: Any) -> Client:
    public = {"keys": [key.as_dict(private=False) for key in keys().values()]}
    (folder / "keys.json").write_text(json.dumps(public))
    return Client(**{"name": "ehr", "issuer": ISSUER, "keys": str(folder / "keys.json")} | more)


def claims(path: str = PATH, **changed: Any) -> dict[str, Any]:
    said = {"iss": ISSUER, "aud": BASE + path, "exp": NOW + 300, "iat": NOW, "jti": str(uuid4())}
    return {key: value for key, value in (said | changed).items() if value is not ...}


def token(said: dict[str, Any] | None = None, algorithm: str = "ES384", **header: Any) -> str:
    key = keys()[algorithm]
    head = {"alg": algorithm, "typ": "JWT", "kid": key.kid} | header
    body = json.dumps(claims() if said is None else said).encode()
    return signed({k: v for k, v in head.items() if v is not ...}, body, key)


def b64(data: bytes | dict[str, Any]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: dict[str, Any], body: bytes, key: Any) -> str:
    """A token with any header at all, its signature made without the library that the service checks it with."""
    text = f"{b64(header)}.{b64(body)}"
    private = key.private_key
    if isinstance(private, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(private.sign(text.encode(), ec.ECDSA(hashes.SHA384())))
        return f"{text}.{b64(r.to_bytes(48, 'big') + s.to_bytes(48, 'big'))}"
    return f"{text}.{b64(private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA384()))}"


def bearer(path: str = PATH) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(claims(path))}"}


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(**{"base_url": BASE, "folder": str(folder), "clients": (client(folder),), "page": False} | more)


@contextmanager
def service(chosen: Settings, now: float = NOW) -> Iterator[TestClient]:
    """The service, started; `.app.desk` is what its worker holds."""
    with TestClient(
        app.create(chosen, Desk(chosen, lambda: now)),
        "http://localhost",
        raise_server_exceptions=False,
        client=("127.0.0.1", 50000),
    ) as caller:
        yield caller


def result(
    code: str, value: float, unit: str, name: str, at: str = "2026-11-18T08:00:00Z", **more: Any
) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": f"{code}-{value}", "status": "final", "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": EXAMPLE, "code": code}], "text": name}, "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}, **more,
    }  # fmt: skip


def order(name: str, drug: str, status: str = "draft", **dosage: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest", "id": name, "status": status, "intent": "order",
        "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": {"text": drug}, "dosageInstruction": [dosage],
    }  # fmt: skip


def magnesium_by_vein(grams: float, hours: float | None, name: str = "iv") -> dict[str, Any]:
    timing = {"timing": {"repeat": {"duration": hours, "durationUnit": "h"}}} if hours else {}
    amount = [{"doseQuantity": {"value": grams, "unit": "g"}}]
    return order(name, "magnesium sulfate", route={"text": "IV"}, doseAndRate=amount, **timing)


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources], **more}


PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1956-03-01"}


def question(
    hook: str = "patient-view", magnesium: float | None = 1.1, orders: Any = None, **more: Any
) -> dict[str, Any]:
    """A call whose prefetch is whole: a patient of 70 with a well kidney. magnesium in mg/dL; None: none on record."""
    context: dict[str, Any] = {"userId": "Practitioner/u1", "patientId": "p1", "encounterId": "e1"}
    if hook.startswith("order"):
        context["draftOrders"] = bundle(*(orders or []))
        context["selections"] = [f"{one['resourceType']}/{one['id']}" for one in orders or []]
    came = {
        "patient": PATIENT,
        "magnesium": None if magnesium is None else bundle(result(MAGNESIUM, magnesium, "mg/dL", "Magnesium")),
        "labs": bundle(result(CREATININE, 0.8, "mg/dL", "Creatinine"), result(POTASSIUM, 4.2, "mmol/L", "Potassium")),
        **dict.fromkeys(("urine", "medications", "given", "conditions", "orders", "encounter")),
    }
    came = {key: value for key, value in (came | more).items() if value is not ...}
    return {"hook": hook, "hookInstance": str(uuid4()), "context": context, "prefetch": came}


def ask(caller: TestClient, body: Any, path: str = PATH) -> Any:
    return caller.post(path, json=body, headers=bearer(path))


def card(caller: TestClient, body: Any) -> dict[str, Any] | None:
    reply = ask(caller, body)
    assert reply.status_code == 200, reply.text
    cards = reply.json()["cards"]
    assert len(cards) < 2
    return cards[0] if cards else None


def kidney(creatinine: float) -> dict[str, Any]:
    return {"labs": bundle(result(CREATININE, creatinine, "mg/dL", "Creatinine"))}
