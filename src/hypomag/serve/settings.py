"""The settings of the service: one TOML file, every key known, every fault a sentence with the key."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hypomag import knowledge
from hypomag.record import Refused

ALGORITHMS = ("ES384", "RS384")
SCOPE = (
    "launch openid fhirUser patient/Patient.rs patient/Observation.rs patient/MedicationRequest.rs patient/Condition.rs"
)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def check_networks(networks: tuple[str, ...], where: str) -> None:
    for network in networks:
        try:
            ip_network(network)
        except ValueError:
            raise Refused(f"{where} private_networks: {network} is no network such as 10.20.0.0/16.") from None


@dataclass(frozen=True)
class Client:
    """One system that may call the hooks, known by the issuer of its tokens."""

    name: str
    issuer: str  # equals the token's iss, to the letter
    keys: str  # path of a JWK set with its public keys
    algorithms: tuple[str, ...] = ALGORITHMS
    jku: str = ""  # where its tokens may say the keys are; never fetched
    audience: tuple[str, ...] = ()  # more accepted audiences than the address called (some systems send a fixed one)
    tenants: tuple[str, ...] = ()  # tenants that may call; none: the token's tenant is not looked at
    fetch_back: bool = False  # may we read what the prefetch lacks from its FHIR server
    fhir_servers: tuple[str, ...] = ()  # base addresses (https) that we may read from
    private_networks: tuple[str, ...] = ()  # networks inside the house in which they may stand: "10.20.0.0/16"

    def check(self, where: str) -> None:
        if not self.issuer or not self.keys:
            raise Refused(f"{where}: needs issuer and keys (the path of a JWK set).")
        for algorithm in self.algorithms:
            if algorithm not in ALGORITHMS:
                raise Refused(f"{where} algorithms: {algorithm!r} is not one of {', '.join(ALGORITHMS)}.")
        for address in self.fhir_servers:
            if urlsplit(address).scheme != "https":
                raise Refused(f"{where} fhir_servers: {address} must begin with https.")
        check_networks(self.private_networks, where)
        if self.fetch_back and not self.fhir_servers:
            raise Refused(f"{where}: fetch_back needs fhir_servers, the addresses that may be read.")


@dataclass(frozen=True)
class Launch:
    """One FHIR server from which the page may be launched (SMART App Launch)."""

    issuer: str  # its base address, to the letter
    client_id: str
    scope: str = SCOPE
    private_networks: tuple[str, ...] = ()  # networks inside the house in which it may stand

    def check(self, where: str) -> None:
        if urlsplit(self.issuer).scheme != "https":
            raise Refused(f"{where} issuer: must begin with https.")
        check_networks(self.private_networks, where)
        if not self.client_id:
            raise Refused(f"{where}: needs client_id, under which this page is registered there.")


@dataclass(frozen=True)
class Limits:
    """What one request may cost, and how many may wait."""

    body_bytes: int = 4 * 2**20  # of a call of a hook
    values: int = 100_000  # objects, lists and commas in it
    record_bytes: int = 16 * 2**20  # of a whole record: $assess and the page
    record_values: int = 400_000
    depth: int = 64
    seconds: float = 2.0  # for one answer, from its start
    waiting: int = 32  # answers that may wait in one worker; more are turned away with 503
    fetch_seconds: float = 0.5  # for everything that is read back together

    def check(self, where: str) -> None:
        if min(getattr(self, one.name) for one in fields(self)) <= 0:
            raise Refused(f"{where}: every limit is more than 0.")


@dataclass(frozen=True)
class Settings:
    """Everything the service is told; docs/how-to/serve.md explains each key."""

    base_url: str = "http://127.0.0.1:8440"  # how clients reach us, never taken from a request
    folder: str = "hypomag-state"  # where audit.jsonl and state.sqlite stand
    dev: bool = False  # no keys needed; on loopback only
    shadow: bool = False  # answer and write down, but show no card
    repeat: str = "never"  # or "until_answered": whether the same card comes again in one encounter
    alerts_off: tuple[str, ...] = ()  # alerts that are switched off
    audit_to_disk: bool = True  # wait until the disk has each audit line
    ca: str = ""  # PEM file of the authorities that sign the house's servers; empty: the usual ones
    page: bool = True  # the page, on loopback, and where SMART launches it
    screened: str = ""  # folder of a finished screening run that the page shows, on loopback only
    screened_from: str = ""  # the FHIR export it was made from, so that its patients can be opened
    profile: str = ""
    scheme: str = "ctcae_v5"
    origins: tuple[str, ...] = ()  # browser origins that may call the hooks (CORS)
    clients: tuple[Client, ...] = ()
    launches: tuple[Launch, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def check(self, where: str) -> None:
        address = urlsplit(self.base_url)
        if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
            raise Refused(f"{where} base_url: an address such as https://cds.example.org, without ? or #.")
        if self.repeat not in ("never", "until_answered"):
            raise Refused(f"{where} repeat: must be never or until_answered.")
        known = set(knowledge.load().tables["alerts"].column("alert"))
        if strange := sorted(set(self.alerts_off) - known):
            raise Refused(
                f"{where} alerts_off: there is no alert {strange[0]!r}; there are {', '.join(sorted(known))}."
            )
        issuers = [client.issuer for client in self.clients]
        if len(set(issuers)) < len(issuers):
            raise Refused(f"{where} client: two clients have one issuer.")


def read(path: Path) -> Settings:
    """The settings of a file. Paths in it are taken from the folder in which it stands. Raises Refused."""
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except OSError as wrong:
        raise Refused(f"{path}: cannot be read ({wrong.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise Refused(f"{path}: not TOML ({wrong}).") from None
    return take(written, str(path), path.parent)


def take(written: dict[str, Any], where: str, folder: Path) -> Settings:
    """The settings in a parsed document."""
    values = dict(written)
    clients = _each(values.pop("client", []), Client, f"{where} client")
    launches = _each(values.pop("launch", []), Launch, f"{where} launch")
    limits = _one(values.pop("limits", {}), Limits, f"{where} limits")
    values["folder"] = str(folder / str(values.get("folder", "hypomag-state")))
    for key in ("ca", "screened", "screened_from"):
        if values.get(key):
            values[key] = str(folder / str(values[key]))
    here = tuple(_beside(client, folder) for client in clients)
    return _one(values | {"clients": here, "launches": launches, "limits": limits}, Settings, where)


def _beside(client: Client, folder: Path) -> Client:
    return Client(**{f.name: getattr(client, f.name) for f in fields(Client)} | {"keys": str(folder / client.keys)})


def _each(written: Any, kind: Callable[..., Any], where: str) -> tuple[Any, ...]:
    if not isinstance(written, list):
        raise Refused(f"{where}: write [[{where.rsplit(' ', 1)[-1]}]], once for each.")
    return tuple(_one(one, kind, f"{where}[{n}]") for n, one in enumerate(written))


def _one(written: Any, kind: Any, where: str) -> Any:
    """An instance of `kind`: unknown keys and wrong types refused, lists as tuples."""
    if not isinstance(written, dict):
        raise Refused(f"{where}: must be a table.")
    known = {f.name: f for f in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in written.items():
        if key not in known:
            raise Refused(f"{where} {key}: there is no such setting; there are {', '.join(sorted(known))}.")
        values[key] = _fits(value, str(known[key].type), f"{where} {key}")
    try:
        made = kind(**values)
    except TypeError:
        needed = ", ".join(sorted(known.keys() - values.keys()))
        raise Refused(f"{where}: something is missing of {needed}.") from None
    made.check(where)
    return made


def _fits(value: Any, kind: str, where: str) -> Any:
    if kind.startswith("tuple[str"):
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise Refused(f"{where}: must be a list of texts.")
        return tuple(value)
    wanted: tuple[type, ...] = {"bool": (bool,), "int": (int,), "float": (int, float), "str": (str,)}.get(
        kind, (object,)
    )
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted and object not in wanted):
        raise Refused(f"{where}: must be {'a number' if kind in ('int', 'float') else 'a ' + kind}.")
    return value
