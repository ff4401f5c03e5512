"""The population's routes. Which run is shown stands in `request.state.population`; a patient's id is never in an address."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from hypomag.record import Refused
from hypomag.serve.page import answered
from hypomag.serve.page.asked import Asked, asked, screening_of
from hypomag.serve.page.html import HEADERS, page
from hypomag.serve.page.population import ROWS, TABLES, Population, gap_names, gap_rows, risk_names
from hypomag.write import charts

router = APIRouter(include_in_schema=False)


@router.get("/population")
def population(request: Request) -> HTMLResponse:
    of = screening_of(request)
    if of is None:
        return page("population.html", view="population", shown=None, refusal=None)
    tier, gap = (request.query_params.get(key, "")[:40] for key in ("tier", "gap"))
    start = request.query_params.get("start", "0")
    start_at = int(start) if start.isdecimal() and len(start) < 9 else 0
    try:
        return page("population.html", view="population", refusal=None, shown=_shown(of, tier, gap, start_at))
    except Refused as refusal:
        return page("population.html", 422, view="population", shown=None, refusal=str(refusal))


@router.get("/population/report")
def report(request: Request) -> HTMLResponse:
    """The report as the run wrote it."""
    of = screening_of(request)
    try:
        if of is None:
            raise Refused("no screening run was given.")
        text, policy = of.report()
        return HTMLResponse(text, headers=HEADERS | {"Content-Security-Policy": policy})
    except Refused as refusal:
        return page("population.html", 404, view="population", shown=None, refusal=str(refusal))


@router.post("/population/patient")
async def patient(request: Request) -> HTMLResponse:
    """One patient of the worklist: the whole answer where the source can be opened, else the lines of the run."""
    of = screening_of(request)
    try:
        given = await asked(request)
        if of is None:
            raise Refused("no screening run was given.")
        who = given.fields.get("patient", "")
        if of.source is None:
            return await run_in_threadpool(_lines, of, who)
        return await run_in_threadpool(answered.for_clinician, Asked({"screened": who}, None, of))
    except Refused as refusal:
        return page("population.html", 422, view="population", shown=None, refusal=str(refusal))


def _shown(of: Population, tier: str, gap: str, start: int) -> dict[str, Any]:
    summary = of.summary()
    rows, more = of.worklist(tier, gap, start)
    gaps = gap_rows(summary)
    return {
        "summary": summary,
        "rows": rows,
        "next": start + ROWS if more else None,
        "before": max(0, start - ROWS) if start else None,
        "tier": tier,
        "gap": gap,
        "tiers": [name for name in summary["by_tier"] if name != "none"],
        "gaps": gaps,
        "gap_names": gap_names(),
        "risk_names": risk_names(),
        "chart": json.dumps(
            charts.gaps([row | {"patients": row["patients"] or 0} for row in gaps]).to_dict(validate=False)
        ),
    }


def _lines(of: Population, who: str) -> HTMLResponse:
    return page("screened.html", view="population", who=who, lines=of.of(who), titles=TABLES)
