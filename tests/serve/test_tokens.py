"""Who may come in: no forged token, each good one once, and a reason for the operator alone."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from hypomag.record import Refused
from hypomag.serve import doctor
from hypomag.serve.settings import Client
from hypomag.serve.state import State
from hypomag.serve.tokens import Door, Stranger
from tests.serve.ward import BASE, ISSUER, NOW, PATH, b64, claims, client, keys, service, settings, signed, token

# CDS Hooks 2.0.1, "Example" of "Trusting CDS Clients": its token and its public key.
SAMPLE = (
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5leGFtcGxlLmNvbS9qd2tf"
    "dXJpIn0.eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1zZXJ2aWNlc"
    "y9zb21lLXNlcnZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJhNWItOGVlYzZhMz"
    "NhYzFlIiwidGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.d1WfLjGRKlcWB94l9do4cM8REXeYJLL6SGUBO8VHZhf"
    "M8mwKYP70EMxJ67War4TQblEpaQrp11wx5p7oPFm2ETYgCicS84vXWEIYTdjooZdooCSDf2L8-i4awdoUwiEb"
)
SAMPLE_KEY = {
    "kty": "EC",
    "use": "sig",
    "crv": "P-384",
    "kid": "example-kid",
    "alg": "ES384",
    "x": "46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk",
    "y": "XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI",
}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    one = client(tmp_path_factory.mktemp("door"), tenants=("t1",), jku="https://ehr.example.org/jwks")
    return Door((one,))


def let_in(door: Door, written: str | None, path: str = PATH, now: int = NOW) -> bool:
    try:
        door.let_in(f"Bearer {written}" if written is not None else None, BASE + path, now, lambda *_: True)
    except Stranger:
        return False
    return True


def good(**changed: Any) -> dict[str, Any]:
    return claims(**{"tenant": "t1"} | changed)


def test_a_good_token_comes_in(door: Door) -> None:
    assert let_in(door, token(good()))
    assert let_in(door, token(good(), "RS384"))
    assert let_in(door, token(good(aud=["https://other.example.org", BASE + PATH])))
    assert let_in(door, token(good(nbf=NOW - 300, sub="client"), "RS384"))  # as a large vendor sends it
    assert let_in(door, token(good(), jku="https://ehr.example.org/jwks"))


def test_the_token_of_the_specification(tmp_path: Path) -> None:
    sample = Client("sample", "https://fhir-ehr.example.com/", str(tmp_path / "keys.json"),
                    jku="https://fhir-ehr.example.com/jwk_uri")  # fmt: skip
    chosen = settings(tmp_path, clients=(sample,))
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [SAMPLE_KEY]}))
    lines, let = doctor.token(chosen, SAMPLE, "/cds-services/some-service", now=NOW)
    assert not let
    assert "good   signature" in lines
    assert "good   audience" in lines
    assert "FAILS  times: exp is past" in lines
    with service(chosen) as caller:
        reply = caller.post(PATH, headers={"Authorization": f"Bearer {SAMPLE}"}, json={})
    assert (reply.status_code, reply.content) == (401, b"")


def test_the_token_of_the_specification_lives_too_long(tmp_path: Path) -> None:
    """Its iat and exp lie three and a half years apart: refused in its own time too."""
    one = client(tmp_path, issuer="https://fhir-ehr.example.com/", jku="https://fhir-ehr.example.com/jwk_uri")
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [SAMPLE_KEY]}))
    assert not let_in(Door((one,)), SAMPLE, "/cds-services/some-service", now=1_400_000_000)


def hmac_signed(header: dict[str, Any], secret: bytes, digest: str = "sha256") -> str:
    signed = f"{b64(header)}.{b64(good())}"
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), digest).digest())}"


def forged() -> Iterator[tuple[str, str]]:
    """What an attacker may send, by the idea behind it."""
    whole = token(good())
    head, body, signature = whole.split(".")
    for name in ("none", "None", "nOnE", "NONE", "", "none ", "null"):
        for end in ("", signature, b64(b"\0" * 96)):
            yield f"alg {name!r} {len(end)}", f"{b64({'alg': name, 'typ': 'JWT', 'kid': 'ec'})}.{body}.{end}"
    public = [key.as_pem(private=False) for key in keys().values()]
    public += [json.dumps(key.as_dict(private=False)).encode() for key in keys().values()]
    for digest, algorithm in (("sha256", "HS256"), ("sha384", "HS384"), ("sha512", "HS512")):
        for n, secret in enumerate([*public, b"", b"secret", b"ec"]):
            for kid in ("ec", "rsa"):
                yield f"{algorithm} {n} {kid}", hmac_signed({"alg": algorithm, "kid": kid}, secret, digest)
    for algorithm in (
        "ES256",
        "ES512",
        "RS256",
        "RS512",
        "PS384",
        "EdDSA",
        "es384",
        "ES384 ",
        "RS384",
        "dir",
        "ES256K",
    ):
        yield f"alg {algorithm}", f"{b64({'alg': algorithm, 'typ': 'JWT', 'kid': 'ec'})}.{body}.{signature}"
    yield "alg of the other key", f"{b64({'alg': 'ES384', 'typ': 'JWT', 'kid': 'rsa'})}.{body}.{signature}"
    for n in range(0, 96, 8):
        raw = bytearray(signature_bytes(signature))
        raw[n] ^= 1
        yield f"signature byte {n}", f"{head}.{body}.{b64(bytes(raw))}"
    zeros = {
        "zero": b"\0" * 96,
        "one": (b"\0" * 47 + b"\1") * 2,
        "order": b"\xff" * 96,
        "short": b"\0" * 64,
        "long": b"\0" * 132,
        "empty": b"\0",
        "der": b"\x30\x06\x02\x01\x00\x02\x01\x00",
    }
    for name, raw_signature in zeros.items():
        yield f"r=s {name}", f"{head}.{body}.{b64(raw_signature)}"
    stranger = ECKey.generate_key("P-384", {"kid": "ec"})
    yield "another key", signed({"alg": "ES384", "kid": "ec"}, json.dumps(good()).encode(), stranger)
    for name in (
        "jwk",
        "x5c",
        "x5u",
        "x5t",
        "x5t#S256",
        "crit",
        "b64",
        "zip",
        "cty",
        "enc",
        "p2c",
        "epk",
        "apu",
        "url",
        "nonce",
    ):
        value: Any = (
            stranger.as_dict(private=False) if name == "jwk" else ["exp"] if name == "crit" else "https://evil.example"
        )
        plain = b64({"alg": "ES384", "kid": "ec", name: value})
        yield f"header {name}", f"{plain}.{body}.{signature}"
    for address in (
        "https://evil.example/jwks",
        "https://ehr.example.org/jwks/",
        "https://ehr.example.org.evil.example/jwks",
        "http://ehr.example.org/jwks",
        "https://ehr.example.org@evil.example/jwks",
        "",
        "file:///etc/passwd",
    ):
        yield f"jku {address}", token(good(), jku=address)
    for kid in ("", "../../keys.json", "ec' or '1'='1", "/dev/null", "EC", "ec ", "ec\0", "*", "a" * 600):
        yield f"kid {kid[:12]!r}", token(good(), kid=kid)
    for kid in (..., None, 0, ["ec"], {"kid": "ec"}):
        yield (
            f"kid {kid!r}",
            f"{b64({k: v for k, v in {'alg': 'ES384', 'kid': kid}.items() if v is not ...})}.{body}.{signature}",
        )
    for typ in ("at+jwt", "jwt", "JWE", "", 1):
        yield f"typ {typ!r}", f"{b64({'alg': 'ES384', 'kid': 'ec', 'typ': typ})}.{body}.{signature}"
    for issuer in (
        ISSUER + "/",
        ISSUER.upper(),
        ISSUER + "?",
        "https://evil.example",
        "",
        ...,
        None,
        1,
        [ISSUER],
        ISSUER[:-1],
        ISSUER.replace("https", "http"),
        ISSUER + "\0",
        {"iss": ISSUER},
    ):
        yield f"iss {issuer!r}", token(good(iss=issuer))
    endpoint = BASE + PATH
    for audience in (
        endpoint + "/",
        endpoint[:-1],
        BASE,
        BASE + "/",
        endpoint.upper(),
        endpoint + "#",
        endpoint + "?x=1",
        [],
        [[]],
        [endpoint + "/"],
        "",
        ...,
        None,
        1,
        {"aud": endpoint},
        [endpoint, 1],
        BASE + "/cds-services",
        endpoint + "/feedback",
        "*",
        endpoint.replace("https", "http"),
        "cds.example.org",
        True,
    ):
        yield f"aud {audience!r}", token(good(aud=audience))
    for name in ("exp", "iat"):
        for value in (..., None, "1", "9999999999", True, [], {}, str(NOW + 300)):
            yield f"{name} {value!r}", token(good(**{name: value}))
    for exp in (NOW - 31, NOW - 300, 0, -1, NOW + 86_400, 2**53, 10**20, NOW - 31.5):
        yield f"exp {exp}", token(good(exp=exp))
    for iat in (NOW + 31, NOW + 300, 2**53, NOW - 4000):
        yield f"iat {iat}", token(good(iat=iat, exp=max(NOW, min(iat, NOW + 600)) + 10))
    for nbf in (NOW + 31, NOW + 300, "x", None, [], True):
        yield f"nbf {nbf!r}", token(good(nbf=nbf))
    for jti in (..., None, "", 1, [], {}, "x" * 600):
        yield f"jti {str(jti)[:8]!r}", token(good(jti=jti))
    for tenant in (..., None, "", "t2", "T1", "t1 ", 1, ["t1"], "x" * 600):
        yield f"tenant {str(tenant)[:8]!r}", token(good(tenant=tenant))
    for said in ("[]", "1", '"x"', "null", "", "{", '{"iss":1', "\ufeff{}", "NaN"):
        yield f"payload {said!r}", f"{head}.{b64(said.encode())}.{signature}"
        yield f"header {said!r}", f"{b64(said.encode())}.{body}.{signature}"
    twice = json.dumps(good())[:-1] + f', "iss": "{ISSUER}"}}'
    yield "a claim twice", signed({"alg": "ES384", "kid": "ec"}, twice.encode(), keys()["ES384"])
    twice_head = b64(b'{"alg":"none","alg":"ES384","kid":"ec"}')
    yield "alg twice", f"{twice_head}.{body}.{signature}"
    deep = b64(b"[" * 100_000)
    yield "deep header", f"{deep}.{body}.{signature}"
    for written in (
        "",
        ".",
        "..",
        "...",
        whole + ".",
        "." + whole,
        f"{head}.{body}",
        f"{head}..{signature}",
        f".{body}.{signature}",
        whole + "=",
        whole.replace(".", ". ", 1),
        " " + whole,
        whole + "\n",
        whole * 2,
        f"{head}.{body}.{signature}.x",
        whole + "A" * 10_000_000,
        f"{head}.{body[:-2]}.{signature}",
        f"{body}.{head}.{signature}",
        json.dumps({"payload": body, "protected": head, "signature": signature}),
    ):
        yield f"shape {written[:8]!r} {len(written)}", written
    yield "padding bits", f"{head}.{body}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}"


def signature_bytes(written: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(written + "=" * (-len(written) % 4))


def test_no_forged_token_comes_in(door: Door) -> None:
    tried = dict(forged())
    assert len(tried) >= 200
    assert [name for name, written in tried.items() if let_in(door, written)] == []
    assert not let_in(door, None)
    for scheme in ("Basic", "bearer:", "Token", "DPoP", ""):
        with pytest.raises(Stranger):
            door.let_in(f"{scheme} {token(good())}", BASE + PATH, NOW, lambda *_: True)


def test_a_token_comes_in_once(tmp_path: Path) -> None:
    """A hundred threads, two workers, and once more after a restart."""
    door = Door((client(tmp_path),))
    written = f"Bearer {token()}"
    workers = [State(tmp_path / "state.sqlite"), State(tmp_path / "state.sqlite")]

    def once(n: int) -> bool:
        try:
            door.let_in(written, BASE + PATH, NOW, workers[n % 2].fresh)
        except Stranger:
            return False
        return True

    with ThreadPoolExecutor(100) as threads:
        assert sum(threads.map(once, range(100))) == 1
    workers.append(State(tmp_path / "state.sqlite"))
    workers[2].forget(NOW + 300)
    with pytest.raises(Stranger, match="used before"):
        door.let_in(written, BASE + PATH, NOW, workers[2].fresh)


def test_a_used_token_is_kept_until_it_ends(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    assert state.fresh("a", "1", NOW + 10)
    assert state.fresh("b", "1", NOW + 10)  # another issuer may use the same id
    state.forget(NOW + 9)
    assert not state.fresh("a", "1", NOW + 10)
    state.forget(NOW + 11)
    assert state.fresh("a", "1", NOW + 10)


def test_a_private_or_weak_key_is_refused(tmp_path: Path) -> None:
    one = client(tmp_path)
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [keys()["ES384"].as_dict(private=True)]}))
    with pytest.raises(Refused, match="private"):
        Door((one,))
    from joserfc.jwk import RSAKey

    weak = RSAKey.generate_key(1024, {"kid": "weak"}, auto_kid=False)
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [weak.as_dict(private=False)]}))
    with pytest.raises(Refused, match="2048"):
        Door((one,))


def test_the_doctor_names_the_audience_that_was_expected(tmp_path: Path) -> None:
    lines, let = doctor.token(settings(tmp_path), token(claims(aud="https://proxy.example.org")), PATH, now=NOW)
    assert not let
    assert f"FAILS  audience: aud is not this address (expected {BASE + PATH})" in lines
    signature = token().split(".")[2]
    assert signature not in "\n".join(doctor.token(settings(tmp_path), token(), PATH, now=NOW)[0])


def test_no_time_that_is_no_number() -> None:
    from hypomag.serve.tokens import check_times

    for exp in (float("nan"), float("inf")):
        with pytest.raises(Stranger):
            check_times({"exp": exp, "iat": NOW}, NOW)
