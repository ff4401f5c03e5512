"""Serial levels of the published cases (mg_series): forecast from the first, scored where a dated number follows

A later level counts where the case prints a number and its day. Cases without either are counted in the open.
"""

from __future__ import annotations

import json

from accept import SHARED
from hypomag.body.course import SERUM_UNITS
from hypomag.body.draws import WAYS, draw
from hypomag.body.past import resampled
from hypomag.knowledge import load


def run() -> tuple[str, bool]:
    import numpy as np

    from hypomag.body import ahead

    steps = {row["step"]: row["leak"] / 10_000 for row in load().tables["steps"].dicts()}
    rows, without = [], 0
    cases = 0
    for path in sorted((SHARED / "cases").glob("case-*.json")):
        series = json.loads(path.read_text("utf-8"))["truth"].get("mg_series") or []
        if len(series) < 2:
            continue
        cases += 1
        first = series[0]
        for later in series[1:]:
            if later["value"] is None or later["time_days"] is None or first["value"] is None or later.get("qualifier"):
                without += 1
                continue
            start = first["value"] / SERUM_UNITS[first["unit"]]
            made = draw({}, start, {w: steps.get(w, 0.1) for w in WAYS}, 1000)
            made = made.take(resampled(made.weight, np.random.default_rng(1)))
            until = 24.0 * (later["time_days"] - first["time_days"])
            serum = ahead.run(made, [], until, at=np.array([0.0, until]))["serum"][-1]
            low, middle, high = np.quantile(serum, (0.05, 0.5, 0.95))
            rows.append((path.stem, later["value"] / SERUM_UNITS[later["unit"]], low, middle, high))
    text = f"{cases} cases with a series; later levels that can be scored: {len(rows)}, without a number or a day: {without}.\n"
    for name, value, low, middle, high in rows:
        text += f"\n- {name}: {value:.2f} mmol/L, forecast {middle:.2f} ({low:.2f} to {high:.2f})"
    return text + "\nNo bar: nothing is claimed from so few.\n", True
