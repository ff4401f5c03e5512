"""A template filled, with the headers that let nothing run or load that is not ours."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hypomag import __version__, knowledge
from hypomag.knowledge.sentences import sentences
from hypomag.serve.page import units

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
OWN = {"LABORATORY": "the range that the laboratory printed"}
STANDINGS = {"seen": "read in its source", "judgement": "our own judgement", "recall": "no source seen"}


def page(template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    return HTMLResponse(templates().get_template(template).render(shown), status, headers=HEADERS)


@cache
def templates() -> Environment:
    folder = files("hypomag") / "serve" / "page" / "templates"
    made = Environment(
        loader=FileSystemLoader(str(folder)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": units.number, "unit": units.written, "percent": percent, "hours": hours, "day": day}
    made.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    made.globals |= {
        "said": sentences(),
        "names": {row["concept"]: row["name"] for row in knowledge.load().tables["concepts"].dicts()},
        "cause_names": {row["cause"]: row["name"] for row in knowledge.load().tables["causes"].dicts()},
        "source_of": source_of,
        "standings": STANDINGS,
        "unit_choices": units.CHOICES,
        "version": __version__,
        "knowledge_version": knowledge.load().version,
    }
    return made


def percent(share: float | None) -> str:
    return "?" if share is None else "under 1 %" if share < 1 / 100 else f"{100 * share:.0f} %"


def hours(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value / 24:.4g} days" if value >= 48 else f"{value:.4g} h"


def day(moment: str | None) -> str:
    """A day and, where it says more, the time: 2026-11-22, 14:30 UTC."""
    if not moment:
        return ""
    date, _, clock = moment.partition("T")
    return date if not clock or clock.startswith("23:59:59") else f"{date}, {clock[:5]} UTC"


@cache
def source_of(key: str) -> dict[str, Any]:
    """Title, address where it is one, and how much of it was read."""
    rows = {row["source"]: row for row in knowledge.load().tables["sources"].dicts()}
    row = rows.get(key)
    if row is None:
        return {"key": key, "title": OWN.get(key, key), "url": None, "where": None, "extent": None}
    url = row["url"] if str(row["url"]).startswith("https://") else None
    where = None if url else row["url"]
    return {"key": key, "title": row["title"], "url": url, "where": where, "extent": row["extent"]}
