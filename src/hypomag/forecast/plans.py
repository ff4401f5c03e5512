"""Plans: words as `simulate` takes them, or the key of an option of `assess`, as event rows of the body."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypomag.body.doses import event_rows, read_dose
from hypomag.body.known import Mistake, forecasting, salts
from hypomag.body.simulate import expanded

DAY = 24.0
TIMES_A_DAY = 3  # a day's amount by mouth in so many parts where nobody says


@dataclass(frozen=True)
class Plan:
    """`name` as asked for; `rows`: the event table; `key`: the option it is, where it is one; `end`: of an amount's range."""

    name: str
    rows: list[dict[str, Any]]
    key: str | None = None
    end: str | None = None
    parts: tuple[str, ...] = field(default=())  # keys of the options it joins

    def cost(self, until: float) -> float:
        """Relative cost of giving it (knowledge/body/forecast.toml), 1 = a day's tablets."""
        prices = forecasting()["cost"]
        boluses, infusions = expanded(self.rows, 0.0, until)
        by_mouth = {int(t // DAY) for t, row in boluses if row["cmt"] in ("stomach", "tablet")}
        muscle = sum(row["cmt"] == "depot" for _, row in boluses)
        return (
            len(infusions) * prices["iv_dose"]["value"] + muscle * prices["im_dose"]["value"]
            + len(by_mouth) * prices["po_day"]["value"]
        )  # fmt: skip


def read_plan(text: str, options: list[dict[str, Any]], until: float, where: str = "plan") -> Plan:
    """A plan from words, or from an option's key, alone or as KEY + KEY (the second after the first)."""
    keys = {option["key"]: option for option in options}
    named = [part.strip() for part in text.split("+")]
    if all(part in keys for part in named):
        return joined([option_plan(keys[part], until) for part in named])
    if text.strip() in ("nothing", ""):
        return Plan("nothing", [])
    try:
        return Plan(text.strip(), event_rows(read_dose(text, 0.0, where)))
    except Mistake as mistake:
        offered = ", ".join(key for key, option in keys.items() if has_figure(option)) or "none with an amount"
        raise Mistake(f"{mistake} Or name an option of the assessment: {offered}.") from None


def has_figure(option: dict[str, Any]) -> bool:
    """Whether an option is magnesium with an amount that the body can be given."""
    return option["way"] in ("iv", "im", "sc", "po", "emergency", "emergency_low") and option["mmol"] is not None


def option_plan(option: dict[str, Any], until: float, end: str = "most", at: float = 0.0) -> Plan:
    """An option of the assessment; end: 'low' or 'most' of its amount. By mouth it goes on until the horizon."""
    if not has_figure(option):
        raise Mistake(f"plan '{option['key']}' carries no amount in this patient; the assessment says why.")
    amount = (option["most"] or option) if end == "most" else option
    mmol = float(amount["mmol"])
    if option["way"] == "po":
        rows = by_mouth(mmol, option["per_day"] or TIMES_A_DAY, option["product"], at, until)
    else:
        every, doses = option["interval_hours"] or 0.0, option["doses"] or 1
        hours = option["hours"] or 0.0
        doses = doses if every else 1
        pool = "central" if option["route"] == "iv" else "depot"
        rate = mmol / hours if hours and pool == "central" else 0.0
        rows = [{"time": at, "amt": mmol, "rate": rate, "cmt": pool, "ii": every, "addl": doses - 1}]
    return Plan(option["key"], event_rows(rows), option["key"], end if option["most"] else None, (option["key"],))


def by_mouth(mmol_day: float, times: int, product: str | None, at: float, until: float) -> list[dict[str, Any]]:
    """A day's amount in equal parts until the horizon, dissolved and undissolved share apart."""
    words = (product or "").lower()
    named = [(len(w), key) for key, row in salts().items() for w in row["words"].split("|") if w in words]
    share = float(salts()[max(named)[1] if named else "magnesium"]["soluble_share"])
    every = DAY / times
    base = {"time": at, "rate": 0.0, "ii": every, "addl": max(0, int((until - at) / every - 1e-9))}
    rows = [{**base, "amt": mmol_day / times * share, "cmt": "stomach"}]
    return rows + ([{**base, "amt": mmol_day / times * (1 - share), "cmt": "tablet"}] if share < 1 else [])


def joined(plans: list[Plan]) -> Plan:
    """One plan after another: each begins when the one before has run in."""
    from hypomag.body.ahead import last_dose_end

    rows, at = [], 0.0
    for plan in plans:
        rows += [{**row, "time": row["time"] + at, "addl": fewer(row, at)} for row in plan.rows]
        at = max(at, min(last_dose_end(rows), at + last_dose_end(plan.rows)))
    return Plan(
        " + ".join(p.name for p in plans), rows, plans[0].key if len(plans) == 1 else None, plans[0].end,
        tuple(key for p in plans for key in p.parts),
    )  # fmt: skip


def fewer(row: dict[str, Any], later: float) -> int:
    """Repeats that still fit when a plan by mouth begins later; other plans keep theirs."""
    if row["cmt"] not in ("stomach", "tablet") or not row["ii"]:
        return int(row["addl"])
    return max(0, int(row["addl"] - later // row["ii"]))
