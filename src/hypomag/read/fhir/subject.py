"""Who the one patient is, and whether a resource is about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hypomag.read.fhir.reading import Piece, Unusable, short
from hypomag.record import Refused

SUBJECT = {"AllergyIntolerance": "patient"}  # every other type that is lifted says subject


@dataclass
class Who:
    """The patient: the id, every reference that means them, and the server their description came from."""

    id: str
    names: set[str]
    server: str = ""  # "http://hospital/fhir/", where the patient's full URL says it
    known: dict[str, bool] = field(default_factory=dict)

    def is_meant_by(self, piece: Piece) -> bool:
        """Whether the resource is the patient or about them. Raises Unusable where it does not say."""
        resource = piece.resource
        if resource["resourceType"] == "Patient":
            return bool(self.names & names_of(piece))
        reference = subject(piece)
        if reference is None:
            raise Unusable("no subject: it does not say by a reference whom it is about")
        mine = self.known.get(reference)
        if mine is None:
            mine = self.known[reference] = self._is_me(reference)
        if mine and self.server and piece.full_url.startswith("http") and not reference.startswith(("http", "urn")):
            return piece.full_url.startswith(self.server)  # a relative reference holds on its own server only
        return mine

    def _is_me(self, reference: str) -> bool:
        reference = reference.split("/_history/")[0]
        if reference in self.names:
            return True
        return reference.startswith("http") and not self.server and short(reference) in self.names


def subject(piece: Piece) -> str | None:
    """The literal reference to whom a resource is about, None where there is none."""
    resource = piece.resource
    about = resource.get(SUBJECT.get(resource["resourceType"], "subject"))
    if about is None:
        return None
    reference = about.get("reference")
    return reference if isinstance(reference, str) and reference else None


def names_of(piece: Piece) -> set[str]:
    """The references that mean this Patient resource."""
    names = {piece.full_url.split("/_history/")[0]} - {""}
    if isinstance(piece.resource.get("id"), str):
        names.add(f"Patient/{piece.resource['id']}")
    return names


def whose(pieces: Iterable[Piece], patient: str | None, name: str) -> Who:
    """The one patient of the input: the one asked for, else the only one there is.

    Raises Refused where there is none, or several and nobody said which.
    """
    people: list[set[str]] = []  # each the names of one patient
    for piece in pieces:
        if piece.resource["resourceType"] == "Patient":
            _join(people, names_of(piece) or {f"{piece.place} of {piece.file} {piece.line}"})
    if not people:
        for piece in pieces:
            reference = _reference(piece)
            if short(reference).startswith("Patient/") or reference.startswith("urn:"):
                _join(people, {reference.split("/_history/")[0], short(reference)})
    if patient is not None:
        asked = {patient, f"Patient/{patient}", f"urn:uuid:{patient}"}
        people = [names for names in people if names & asked]
        if not people:
            raise Refused(f"{name}: holds no patient with the id that was asked for.")
    if not people:
        raise Refused(f"{name}: holds no patient: no Patient resource, and nothing that refers to one.")
    if len(people) > 1:
        raise Refused(f"{name}: holds {len(people)} patients; say which one with --patient ID.")
    (names,) = people
    urls = sorted(one for one in names if one.startswith("http"))
    ids = sorted(one for one in names if one.startswith("Patient/"))
    server = urls[0].removesuffix(short(urls[0])) if urls else ""
    return Who((ids or sorted(names))[0].split("/")[-1].removeprefix("urn:uuid:"), names, server)


def _reference(piece: Piece) -> str:
    about = piece.resource.get(SUBJECT.get(piece.resource["resourceType"], "subject"))
    reference = about.get("reference") if isinstance(about, dict) else None
    return reference if isinstance(reference, str) else ""


def _join(people: list[set[str]], names: set[str]) -> None:
    """Add the names of a patient to those of the same patient, or as a new one.

    The same: a name in common, unless both are known by a URL and the URLs differ.
    """
    url = {one for one in names if one.startswith("http")}
    for known in people:
        known_url = {one for one in known if one.startswith("http")}
        if known & names and (known_url == url or not (known_url and url)):
            known |= names
            return
    people.append(names)
