"""Who the patients are, and which of them a resource is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hypomag.read.fhir.reading import Piece, Unusable, Who, short
from hypomag.record import Refused

SUBJECT = {"AllergyIntolerance": "patient"}  # every other type that is lifted says subject


@dataclass
class People:
    """The patients whose facts are wanted, by every reference that means them."""

    by_name: Mapping[str, Who]
    known: dict[str, Who | None] = field(default_factory=dict)

    def whose(self, piece: Piece) -> Who | None:
        """The patient whom the resource describes or is about; None for anybody else.

        Raises Unusable where it does not say whom it is about.
        """
        if piece.kind == "Patient":
            return next((self.by_name[name] for name in names_of(piece) if name in self.by_name), None)
        reference = subject(piece)
        if not reference:
            raise Unusable("no subject: it does not say by a reference whom it is about")
        if reference in self.known:
            who = self.known[reference]
        else:
            who = self.known[reference] = self._named(reference)
        if who and who.url and piece.full_url.startswith("http") and not reference.startswith(("http", "urn:")):
            server = who.url.removesuffix(short(who.url))  # a relative reference holds on its own server only
            return who if piece.full_url.startswith(server) else None
        return who

    def _named(self, reference: str) -> Who | None:
        reference = reference.split("/_history/")[0]
        who = self.by_name.get(reference)
        if who is None and reference.startswith("http"):
            who = self.by_name.get(short(reference))
            if who is not None and who.url:
                return None
        return who


def subject(piece: Piece) -> str:
    """The literal reference to whom a resource is about, empty where there is none."""
    about = piece.resource.get(SUBJECT.get(piece.kind, "subject"))
    if about is None:
        return ""
    reference = about.get("reference")
    return reference if isinstance(reference, str) else ""


def names_of(piece: Piece) -> list[str]:
    """The references that mean this Patient resource."""
    names = [piece.full_url.split("/_history/")[0]] if piece.full_url else []
    return [*names, piece.name] if piece.name else names


def people(pieces: Iterable[Piece], patient: str | None, name: str, everybody: bool) -> People:
    """The one patient of the input: the one asked for, else the only one there is; or everybody.

    Raises Refused where there is none, or several and nobody said which.
    """
    found: list[Who] = []
    by_name: dict[str, Who] = {}
    for piece in pieces:
        if piece.kind == "Patient":
            _meet(names_of(piece) or [piece.place], found, by_name)
    if everybody or not found:
        for piece in pieces:
            about = piece.resource.get(SUBJECT.get(piece.kind, "subject"))
            reference = about.get("reference") if isinstance(about, dict) else None
            if isinstance(reference, str) and (short(reference).startswith("Patient/") or reference.startswith("urn:")):
                _meet(sorted({reference.split("/_history/")[0], short(reference)}), found, by_name)
    if patient is not None:
        asked = {patient, f"Patient/{patient}", f"urn:uuid:{patient}"}
        found = [who for who in found if any(by_name.get(one) is who for one in asked) or who.url in asked]
        if not found:
            raise Refused(f"{name}: holds no patient with the id that was asked for.")
    if not found:
        raise Refused(f"{name}: holds no patient: no Patient resource, and nothing that refers to one.")
    if len(found) > 1 and not everybody:
        raise Refused(f"{name}: holds {len(found)} patients; say which one with --patient ID.")
    return People({one: who for one, who in by_name.items() if any(who is kept for kept in found[:1]) or everybody})


def _meet(names: list[str], found: list[Who], by_name: dict[str, Who]) -> None:
    """Somebody with these names: known already, or new.

    The same person: a name in common, unless both are known by a URL and the URLs differ.
    """
    url = next((one for one in names if one.startswith("http")), "")
    who = next((by_name[one] for one in names if one in by_name), None)
    if who is None or (url and who.url and url != who.url):
        who = Who(names[-1].rsplit("/", 1)[-1].removeprefix("urn:uuid:"), url)
        found.append(who)
    who.url = who.url or url
    for one in names:
        by_name.setdefault(one, who)
