"""simulate(people, doses, until): the course of one body or of a million, the same call.

Doses cut time into segments, causes into stretches with their own parameters; between the cuts every lane marches
on one shared graded mesh, so a dose edge is exact by construction.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from hypomag.body import causes as act
from hypomag.body.causes import Cause, read_causes
from hypomag.body.course import Course, Stretch
from hypomag.body.doses import event_rows, read_dose
from hypomag.body.kernel import POOLS, WORST, constants
from hypomag.body.known import Mistake
from hypomag.body.lanes import blocks, unblocked
from hypomag.body.march import march_blocks, mesh
from hypomag.body.people import People, person
from hypomag.body.rest import at_rest

EDGE = 1e-9  # hours; two edges closer than this are one
FIRST_STEP, GROWTH, LONGEST = 0.04, 1.4, 0.6  # hours; halved until the error estimate is small enough
ERROR_LIMIT = 0.1  # summed relative error estimates of any lane; the true error was some hundred times smaller
FINEST = 16.0
CHUNK = 40_000  # people marched at once: their constants fit in memory
MAX_VALUES = 60_000_000


def simulate(
    people: People | None = None,
    doses: str | Sequence[dict] | Sequence[str] = (),
    until: float = 336.0,
    causes: str | Sequence[Cause] = (),
    at: np.ndarray | None = None,
    start: np.ndarray | None = None,
    begin: float = 0.0,
    keep: Sequence[str] | None = None,
    accuracy: float = 1.0,
) -> Course:
    """Run the bodies from hour `begin` to hour `until`.

    people: one person (`person()`), or many (`virtual(n)`); parameters may be arrays (n).
    doses: words ("magnesium sulfate 4 g IV over 20 min"), a list of words, or an event table: rows with time (h), amt
        (mmol, one number or an array (n)), rate (mmol/h), cmt, ii (h), addl.
    causes: words ("ppi + diarrhoea:2L"), or Cause rows with start and stop.
    at: output hours (default: hourly, at most 400). start: pools (pools, n) as `course.end` of an earlier run gives
        them (default: the body at rest). keep: pools to keep (default all). accuracy: 2 halves every step; steps are
        halved unasked when the error estimate of a lane is too large.
    Returns a Course. Raises Mistake with a sentence for what cannot be run.
    """
    people = people or person()
    acts = (read_causes(causes) if causes else []) if isinstance(causes, str) else list(causes)
    rows = timed(read_doses(doses))
    if not np.isfinite(until) or until <= begin:
        raise Mistake(f"until is {until:g} h, not after the beginning at {begin:g} h.")
    first = min([begin, *(c.start for c in acts if np.isfinite(c.start))]) if start is None else begin
    at = np.unique(outputs(begin, until) if at is None else np.asarray(at, float))
    if at.size and (at[0] < first - EDGE or at[-1] > until + EDGE):
        raise Mistake(f"an output time lies outside {first:g} to {until:g} h.")
    always = [c for c in acts if c.start == act.ALWAYS]
    parameters, rest = people.resting if people.resting and not always else at_rest(people, always)
    y = rest if start is None else np.array(np.broadcast_to(start, rest.shape), float)
    pools = list(POOLS) if keep is None else list(dict.fromkeys([*keep]))
    if at.size * len(pools) * people.n > MAX_VALUES:
        raise Mistake(
            f"{people.n} people x {at.size} times x {len(pools)} pools do not fit; give fewer `at` or `keep`."
        )
    kept = np.full((at.size, len(pools), people.n), np.nan)
    stretches, worst, edges = [], np.zeros(people.n), cause_edges(acts, first, until)
    for a, b in pairwise(edges):
        now = act.apply(parameters, act.acting(acts, a), people.surface)
        mine = (at >= a - EDGE) & ((at < b - EDGE) | ((b == until) & (at <= b + EDGE)))
        y, kept[mine], error = in_chunks(y, now, rows, a, b, at[mine], pools, people.n, accuracy)
        worst = np.maximum(worst, error)
        stretches.append(Stretch(mine, now))
    if worst.max() > ERROR_LIMIT and accuracy < FINEST:
        return simulate(people, doses, until, acts, at, start, begin, keep, 2 * accuracy)
    return Course(at, pools, kept, stretches, y, worst, people, given(rows, begin, until))


def read_doses(doses: str | Sequence) -> list[dict]:
    if isinstance(doses, str):
        doses = [doses] if doses.strip() else []
    rows: list[dict] = []
    for i, dose in enumerate(doses):
        rows += read_dose(dose, 0.0, f"doses[{i}]") if isinstance(dose, str) else [dict(dose)]
    return event_rows(rows)


def outputs(begin: float, until: float) -> np.ndarray:
    return np.linspace(begin, until, int(min(400, max(24, np.ceil(until - begin)))) + 1)


def cause_edges(acts: list[Cause], first: float, until: float) -> list[float]:
    inner = {t for c in acts for t in (c.start, c.stop) if first < t < until}
    return [first, *sorted(inner), until]


def expanded(rows: list[dict], a: float, b: float) -> tuple[list[tuple[float, dict]], list[tuple[float, float, dict]]]:
    """(boluses (time, row), infusions (from, to, row)) that touch the hours a..b."""
    boluses, infusions = [], []
    for row in rows:
        for k in range(int(row["addl"]) + 1):
            time = float(row["time"]) + k * float(row["ii"])
            if np.any(np.asarray(row["rate"]) > 0):
                end = time + length(row)
                if time < b - EDGE and end > a + EDGE:
                    infusions.append((max(time, a), min(end, b), row))
            elif a - EDGE <= time < b - EDGE:
                boluses.append((time, row))
    return boluses, infusions


def length(row: dict) -> float:
    """Hours an infusion runs: the same for every lane (lanes differ in rate, not in time)."""
    if "hours" in row:
        return row["hours"]
    amt, rate = np.broadcast_arrays(np.asarray(row["amt"], float), np.asarray(row["rate"], float))
    hours = amt[(amt > 0) & (rate > 0)] / rate[(amt > 0) & (rate > 0)]
    if hours.size == 0:
        return 1.0
    if np.ptp(hours) > 1e-6 * hours.max():
        raise Mistake(
            "doses: one infusion runs for different times in different people; give each its own rate, amt / hours."
        )
    return float(hours.max())


def timed(rows: list[dict]) -> list[dict]:
    """Rows that know how long they run, so that any part of the people reads the same."""
    return [{**row, "hours": length(row)} if np.any(np.asarray(row["rate"]) > 0) else row for row in rows]


def given(rows: list[dict], begin: float, until: float) -> dict[str, np.ndarray]:
    """mmol given between begin and until by the pool it went to, each (n) or (1)."""
    boluses, infusions = expanded(rows, begin, until)
    total: dict[str, np.ndarray] = {}
    for _, row in boluses:
        total[row["cmt"]] = total.get(row["cmt"], np.zeros(1)) + np.asarray(row["amt"], float)
    for a, b, row in infusions:
        total["central"] = total.get("central", np.zeros(1)) + np.asarray(row["amt"], float) * (b - a) / length(row)
    return total


def in_chunks(
    y: np.ndarray,
    p: dict[str, np.ndarray],
    rows: list[dict],
    a: float,
    b: float,
    at: np.ndarray,
    pools: list[str],
    n: int,
    accuracy: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`stretch` for any number of people, some at a time."""
    parts = []
    for low in range(0, n, CHUNK):
        some = slice(low, min(low + CHUNK, n))

        def own(values: np.ndarray, some: slice = some) -> np.ndarray:
            return values[some] if n > CHUNK and np.size(values) == n else values

        mine = [{**row, "amt": own(row["amt"]), "rate": own(row["rate"])} for row in rows]
        count = some.stop - some.start
        parts.append(stretch(y[:, some], {k: own(v) for k, v in p.items()}, mine, a, b, at, pools, count, accuracy))
    ends, outs, errors = zip(*parts, strict=True)
    return np.concatenate(ends, axis=1), np.concatenate(outs, axis=2), np.concatenate(errors)


def stretch(
    y: np.ndarray,
    p: dict,
    rows: list[dict],
    a: float,
    b: float,
    at: np.ndarray,
    pools: list[str],
    n: int,
    accuracy: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One stretch with fixed parameters: pools at b (pools, n), kept (len(at), pools, n), error estimate (n)."""
    boluses, infusions = expanded(rows, a, b)
    cuts = merged([a, *(t for t, _ in boluses), *(t for x in infusions for t in x[:2] if t < b - EDGE)])
    edges = merged([*cuts, *at, b])
    hours, ends = mesh(edges, np.isin(edges, cuts), FIRST_STEP / accuracy, GROWTH, LONGEST / accuracy)
    starts = np.concatenate([[0], ends + 1])
    segment, keep = np.full(len(hours) + 1, -1), np.full(len(hours) + 1, -1)
    bolus, rate = dose_arrays(cuts, boluses, infusions, n)
    segment[starts[np.searchsorted(edges, cuts)]] = np.arange(len(cuts))
    # outputs at the first hour are read before the first dose of that hour, by a step of no length
    keep_at = np.searchsorted(edges, at - EDGE) if at.size else np.zeros(0, int)
    first = keep_at == 0
    keep[ends[keep_at[~first] - 1]] = np.flatnonzero(~first)
    z = blocks(np.concatenate([y, np.zeros((1, n)), [np.broadcast_to(x, (n,)) for x in constants(p)]]), n)
    kept = np.array([POOLS.index(x) for x in pools])
    out = np.empty((z.shape[0], len(at), len(pools), z.shape[2]))
    if first.any():
        out[:, np.flatnonzero(first)[0]] = z[:, kept]
    march_blocks(z, np.append(hours, 0.0), segment, bolus, rate, keep, kept, out)
    end = unblocked(z[:, : WORST + 1], n)
    return end[:WORST], unblocked(out, n), end[WORST]


def merged(times: list[float]) -> np.ndarray:
    """Sorted times, those closer than EDGE made one."""
    ordered = np.sort(np.array(times, float))
    return ordered[np.concatenate([[True], np.diff(ordered) > EDGE])]


def dose_arrays(cuts: np.ndarray, boluses: list, infusions: list, n: int) -> tuple[np.ndarray, np.ndarray]:
    """bolus (cuts, blocks, pools, lanes) and rate (cuts, blocks, lanes); one of each when all get the same."""
    each = any(np.size(row[k]) > 1 for *_, row in [*boluses, *infusions] for k in ("amt", "rate"))
    width = n if each else 1
    bolus, rate = np.zeros((len(cuts), len(POOLS), width)), np.zeros((len(cuts), width))
    for time, row in boluses:
        bolus[np.searchsorted(cuts, time - EDGE), POOLS.index(row["cmt"])] += row["amt"]
    for a, b, row in infusions:
        rate[np.searchsorted(cuts, a - EDGE) : np.searchsorted(cuts, b - EDGE)] += np.asarray(row["amt"]) / length(row)
    if not each:
        return bolus[None], rate[None]
    return (np.stack([blocks(x, n) for x in bolus], axis=1), blocks(rate, n))
