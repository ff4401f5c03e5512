"""`forecast(record, plans)`, and `likely(record)` for those who ask again and again: its draws are made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hypomag import __version__, check, knowledge
from hypomag.body import ahead
from hypomag.body.course import Course
from hypomag.body.draws import WAYS, Draws, draw
from hypomag.body.known import body, forecasting
from hypomag.body.past import lived, still_running
from hypomag.forecast.patient import Patient, patient
from hypomag.forecast.plans import Plan, read_plan
from hypomag.knowledge.sentences import sentences
from hypomag.record import Record

DRAWS = 2000
GONE_IN = {"ppi": "ppi", "anti_egfr": "anti_egfr", "cisplatin": "platinum", "cni": "calcineurin"}


@dataclass
class Likely:
    """The draws of one patient now, equally weighted; `run` takes plans."""

    patient: Patient
    draws: Draws
    first_ways: dict[str, float]
    seed: int

    @property
    def goal(self) -> ahead.Goal:
        """Range of the assessment and the level that no plan may pass, lower where the kidney fails or is not known."""
        goal, egfr = forecasting()["goal"], self.patient.egfr
        careful = egfr is None or egfr < goal["low_kidney_safety"]["below_egfr"]
        safety = goal["low_kidney_safety" if careful else "safety"]["value"]
        return ahead.Goal(self.patient.low, self.patient.high, max(safety, self.patient.high))

    def run(self, plans: Sequence[str | Plan] = (), until: float | None = None, stop: bool = False) -> dict[str, Any]:
        """The forecast as plain data: nothing given and every plan, and with `stop` both again with the cause stopped."""
        until = forecasting()["horizon"]["ahead"]["value"] if until is None else float(until)
        options = self.patient.answer["treatment"]["options"]
        asked = [p if isinstance(p, Plan) else read_plan(p, options, until, f"plan[{i}]") for i, p in enumerate(plans)]
        asked = [p for p in asked if p.rows]
        nothing = self.course([], until)
        found = [self.told(Plan("nothing", []), nothing, None, until)]
        found += [self.told(plan, self.course(plan.rows, until), nothing, until) for plan in asked]
        if stop:
            none = self.course([], until, stop=0.0)
            found += [self.told(Plan("nothing", []), none, None, until, stop=True)]
            found += [self.told(p, self.course(p.rows, until, stop=0.0), none, until, stop=True) for p in asked]
        return {**self.now(), "until_hours": until, "plans": found}

    def course(self, rows: Sequence[dict], until: float, stop: float | None = None) -> Course:
        running = still_running(self.patient.doses)
        return ahead.run(self.draws, [*running, *rows], until, stop, self.gone_in(), self.seed)

    def gone_in(self) -> float:
        """Hours in which most of the likeliest cause has gone once it is stopped."""
        name = GONE_IN.get(self.patient.cause or "")
        return 1 / body()["parameters"][f"{name}_recovery"]["value"] if name else 0.0

    def told(
        self, plan: Plan, course: Course, nothing: Course | None, until: float, stop: bool = False
    ) -> dict[str, Any]:
        said = ahead.told(course, self.draws, plan.rows, self.goal, nothing)
        about = {
            "plan": plan.name if plan.rows else sentences()["forecast"]["nothing"],
            "options": list(plan.parts),
            "amount": plan.end,
            "cause_stopped": stop,
            "cost": plan.cost(until),
            "beyond": self.beyond(plan) if plan.rows else [],
        }
        return about | said

    def beyond(self, plan: Plan) -> list[str]:
        """Ceilings that a plan breaks, and what in this patient speaks against any magnesium."""
        answer, found = self.patient.answer, check.course(plan.rows, self.patient.egfr)
        status = answer["level"]["status"]
        if status != "low":
            found.append(sentences()["forecast"]["not_low"].format(status=status.replace("_", " ")))
        blocks = [g for g in answer["treatment"]["guards"] if g["state"] == "blocks"]
        return found + [f"{g['name']}: {g['says']}" for g in blocks]

    def now(self) -> dict[str, Any]:
        """Who, what was assumed, how well the draws fit, and what is likely at this moment."""
        p, serum = self.patient, self.draws.pools[4] / self.draws.parameters["v_central"]
        about = sentences()["forecast"]
        assumed = list(p.assumed)
        if self.draws.tempered < 1:
            words = about["assumed"]["few_draws"]
            assumed.append(
                words.format(power=f"{self.draws.tempered:.2g}", effective=round(self.draws.effective), n=self.draws.n)
            )
        return {
            "as_of": p.answer["as_of"],
            "unit": "mmol/L",
            "patient": p.known | {"setting": p.setting},
            "levels": [{"hour": lab.hour, "value": lab.value, "below": lab.below} for lab in p.levels],
            "range": {"low": self.goal.low, "high": self.goal.high, "shown_unit": p.unit, "safety": self.goal.safety},
            "draws": {
                "n": self.draws.n,
                "effective": self.draws.effective,
                "tempered": self.draws.tempered,
                "seed": self.seed,
            },
            "steps": {
                w: {"before": self.first_ways.get(w, 0.0), "after": float(np.mean(self.draws.way == i))}
                for i, w in enumerate(WAYS)
            },
            "quantiles": list(ahead.QUANTILES),
            "now": {
                "serum": ahead.quantiles(serum[None])[:, 0],
                "deficit": ahead.quantiles(ahead.deficit(ahead.stores_now(self.draws), self.draws))[:, 0],
            },
            "assumed": assumed,
            "note": about["note"],
            "version": {"program": __version__, "knowledge": knowledge.load().version},
        }


def likely(record: Record, *, as_of: int | None = None, draws: int = DRAWS, seed: int = 1, setting: str | None = None,
           answer: dict | None = None, **asked: Any) -> Likely:  # fmt: skip
    """The draws of the one patient of a record, brought through what was measured and given.

    as_of: epoch seconds; draws: how many; setting: 'ward' or 'icu' (how much a level scatters), by default as the
    encounter says; answer: the assessment, if it is already there; asked: what `assess` takes besides. Raises Refused
    where no forecast can be made (no level, no age, a child), body.known.Mistake where no body can hold the level.
    """
    who = patient(record, as_of, setting, answer, **asked)
    return from_patient(who, draws, seed)


def from_patient(who: Patient, n: int = DRAWS, seed: int = 1) -> Likely:
    made = draw(who.known, who.first.value, who.ways, n, seed, who.setting, who.first.below, who.unsure_kidney)
    total = sum(who.ways.get(w, 0.0) for w in WAYS)
    made = lived(made, who.labs, who.doses, who.first.hour, 0.0, seed)
    return Likely(who, made, {w: who.ways.get(w, 0.0) / total for w in WAYS}, seed)


def forecast(
    record: Record, plans: Sequence[str | Plan] = (), *, until: float | None = None, stop: bool = False, **asked: Any
) -> dict[str, Any]:
    """What is likely in the body now and under each plan: quantiles over draws, chances, losses, when to measure.

    plans: words ("magnesium sulfate 4 g IV over 4 h every 24 h for 3 d") or keys of options of `assess`, also joined
    by '+'. until: hours ahead (336). stop: also with the cause stopped now. asked: see `likely`. Levels are mmol/L,
    amounts mmol, times hours from as_of; arrays are numpy. Raises what `likely` raises, and Mistake for a plan that
    cannot be read.
    """
    return likely(record, **asked).run(plans, until, stop)
