"""`hypomag diff REV`: which patients are answered otherwise than by another version."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from hypomag.diff.compare import Change


def diff_command(
    revision: Annotated[str, typer.Argument(metavar="REV", help="A revision of the repository: a tag, a branch.")],
    people: Annotated[int, typer.Option(help="How many made-up people, beside every published case.")] = 300,
    json: Annotated[bool, typer.Option("--json", help="Every change as one line of JSON.")] = False,
    shown: Annotated[int, typer.Option(help="How many changes to show of each kind.")] = 10,
) -> None:
    """Tell in patients what another version of rules and knowledge answers otherwise."""
    import json as as_json
    from dataclasses import asdict

    from hypomag.diff.compare import ASPECTS, compare, patients
    from hypomag.record import Refused

    try:
        found = compare(revision, people)
    except Refused as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(5) from None
    if json:
        for one in found:
            typer.echo(as_json.dumps(asdict(one)))
        return
    asked = len(patients(people))
    typer.echo(f"{len({one.patient for one in found})} of {asked} patients are answered otherwise than by {revision}.")
    counts = Counter(one.aspect for one in found)
    for aspect in ASPECTS:
        typer.echo(f"  {aspect}: {counts[aspect]}")
    for aspect in ASPECTS:
        for one in [one for one in found if one.aspect == aspect][:shown]:
            typer.echo(f"- {one.patient}: {aspect}: {_told(one)}")


def _told(one: Change) -> str:
    if one.aspect != "plan":
        return f"{one.before} -> {one.after}"
    old, new = ({row[0]: row[1:] for row in plan} for plan in (one.before, one.after))
    gone, come = [key for key in old if key not in new], [key for key in new if key not in old]
    parts = ["no longer " + ", ".join(gone)] * bool(gone) + ["now " + ", ".join(come)] * bool(come)
    parts += [f"{key} {old[key]} -> {new[key]}" for key in new if key in old and old[key] != new[key]]
    return "; ".join(parts) or "another order"
