"""What is known while the resources of one patient are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypomag.read.times import Time
from hypomag.record import Record

JSON = Mapping[str, Any]


class Unusable(Exception):
    """A whole resource that may not be used. The message is the reason."""


class Piece(NamedTuple):
    """One resource as it came, and where it stood."""

    place: str  # "entry[3].resource"
    full_url: str
    resource: Any
    kind: str  # its resourceType, empty where it is no resource
    name: str  # Type/id, empty where it has no id
    file: str | None
    line: int | None


def piece(place: str, resource: Any, full_url: Any = "", file: str | None = None, line: int | None = None) -> Piece:
    """One resource, with its type and name looked up once."""
    kind = name = ""
    if isinstance(resource, dict):
        said, own = resource.get("resourceType"), resource.get("id")
        kind = said if isinstance(said, str) else ""
        name = f"{kind}/{own}" if isinstance(own, str) and own and " " not in own else ""
    return Piece(place, full_url if isinstance(full_url, str) else "", resource, kind, name, file, line)


def short(reference: str) -> str:
    """Type/id of a relative or absolute reference, without its version; anything else as it is."""
    if "/_history/" in reference:
        reference = reference.split("/_history/")[0]
    return "/".join(reference.rsplit("/", 2)[-2:]) if "/" in reference else reference


@dataclass(slots=True, eq=False)
class Who:
    """One patient: the id, the full URL where the source gives one, and what decides on reference ranges."""

    id: str
    url: str = ""
    sex: str | None = None
    birth: int | None = None


@dataclass(slots=True)
class Reading:
    """The record being filled, the patient and the resource in hand."""

    record: Record
    pieces: dict[str, Piece]  # what others refer to, by full URL and by Type/id
    who: Who = field(default_factory=lambda: Who(""))
    times: dict[str, Time] = field(default_factory=dict)
    ref: str = ""
    file: str | None = None
    line: int | None = None
    contained: Any = ()

    def leave_out(self, part: str, reason: str) -> None:
        """Say that a part of the resource in hand is not used."""
        self.record.reject(f"{self.ref} {part}", reason, self.file, self.line)

    def add_codings(self, fact: dict[str, Any], others: tuple[tuple[str, str, str | None], ...]) -> None:
        """Further codes, in systems we know, of a fact of the resource in hand."""
        for code, system, text in others:
            said = {"code": code, "system": system, "text": text, "source_ref": self.ref}
            self.record.add("codings", self.who.id, of_row=fact, **said)

    def find(self, reference: JSON | None) -> JSON | None:
        """The resource that a Reference names: contained (#id), or elsewhere in the input, or None."""
        name = reference.get("reference") if reference else None
        if not name:
            return None
        if name[0] == "#":
            return next((one for one in self.contained or () if one.get("id") == name[1:]), None)
        piece = self.pieces.get(name) or self.pieces.get(short(name))
        if piece is None or (name.startswith("http") and not same_server(name, piece.full_url)):
            return None
        return piece.resource

    def name_of(self, reference: JSON | None) -> str | None:
        """The Type/id by which the record knows what a Reference names, so that urn:uuid and URL agree."""
        found = self.find(reference)
        if found is not None and found.get("id"):
            return f"{found['resourceType']}/{found['id']}"
        name = reference.get("reference") if reference else None
        return short(name) if name else None


def same_server(url: str, full_url: str) -> bool:
    """Whether a URL may mean the resource with this full URL: where both name a server, they must be equal."""
    return not full_url.startswith("http") or url.split("/_history/")[0] == full_url.split("/_history/")[0]
