"""The kernel beside libroadrunner, scipy and (when installed) diffrax: same model, people, doses and outputs, one run.

    python bench/body_engines.py [people] > figures on standard output (Markdown)

Accuracy is the largest relative error of plasma magnesium over people and output times against CVODE at rtol 1e-10.
Everything runs on this machine in this one call; compare ratios, not seconds.
"""

import importlib.util
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.body.judge import judged

from hypomag.body import kernel
from hypomag.body import simulate as engine
from hypomag.body.doses import event_rows, read_dose
from hypomag.body.people import person, virtual
from hypomag.body.rest import at_rest

HOURS = 336.0
AT = np.linspace(0.0, HOURS, 57)
DOSES = [
    ("8.2 mmol magnesium as citrate by mouth every 8 h for 42 doses", 0.0),
    ("magnesium sulfate 4 g IV over 20 min then 1 g/h for 24 h", 26.0),
    ("magnesium sulfate 2 g IV over 15 min", 100.3),
    ("magnesium sulfate 2 g IV over 4 h", 150.3),
    ("magnesium sulfate 2 g IM", 200.1),
    ("magnesium sulfate 2 g IV over 4 h", 250.3),
]
ROWS = event_rows([row for text, at in DOSES for row in read_dose(text, at)])
JUDGED = 12  # people the slow engines run


def best(call, repeats=3):
    """Shortest wall time (s) of a few calls, and the last answer."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        answer = call()
        times.append(time.perf_counter() - start)
    return min(times), answer


def one_parameter_set(parameters, i):
    return {k: float(v[min(i, len(v) - 1)]) for k, v in parameters.items()}


def roadrunner_job(job):
    parameters, start, rtol = job
    return judged(parameters, start, ROWS, AT, rtol)["central"]


def roadrunner(parameters, start, n, rtol):
    jobs = [(one_parameter_set(parameters, i), start[:, i], rtol) for i in range(n)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(roadrunner_job, jobs[: os.cpu_count()]))  # loaded before the clock starts
        began = time.perf_counter()
        values = list(pool.map(roadrunner_job, jobs))
        return time.perf_counter() - began, np.stack(values, axis=1)


def scipy_lsoda(parameters, start, i, rtol):
    """One person by LSODA from dose edge to dose edge, right side from the same text."""
    from scipy.integrate import solve_ivp

    p = {k: np.array([v]) for k, v in one_parameter_set(parameters, i).items()}
    boluses, infusions = engine.expanded(ROWS, 0.0, HOURS)
    edges = np.unique([0.0, HOURS, *(t for t, _ in boluses), *(t for x in infusions for t in x[:2]), *AT])

    def rates(_, y):
        flows = kernel.observe({k: y[j : j + 1] for j, k in enumerate(kernel.POOLS)}, p)
        total = dict.fromkeys(kernel.POOLS, 0.0)
        for flow, (giving, taking) in kernel.FLOWS.items():
            for pool in giving:
                total[pool] -= flows[flow][0]
            for pool in taking:
                total[pool] += flows[flow][0]
        return [total[k] for k in kernel.POOLS]

    y, out = start[:, i].copy(), {0.0: start[4, i]}
    for a, b in pairwise(edges):
        for t, row in boluses:
            if abs(t - a) < 1e-9:
                y[kernel.POOLS.index(row["cmt"])] += row["amt"]
        p["infusion_in"] = np.array(
            [sum(r["amt"] / engine.length(r) for x, z, r in infusions if x <= a + 1e-9 and z >= b - 1e-9)]
        )
        y = solve_ivp(rates, (a, b), y, method="LSODA", rtol=rtol, atol=1e-8).y[:, -1]
        out[b] = y[4]
    return np.array([out[t] for t in AT])


def diffrax_engine(parameters, start, n, rtol):
    """Tsit5 under vmap, restarted at every dose edge by scan; right side printed from the same text for jax."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import diffrax
    import jax.numpy as jnp

    source = Path(kernel.__file__).read_text()
    body = source[source.index("def observe(") : source.index("def net_central(")]
    space = {"np": jnp, "sqrt": jnp.sqrt}
    exec(body.replace("np.ndarray", "object"), space)
    pools, flows = kernel.POOLS, kernel.FLOWS

    def rates(t, y, p):
        f = space["observe"](dict(zip(pools, y, strict=True)), p)
        total = dict.fromkeys(pools, 0.0)
        for flow, (giving, taking) in flows.items():
            for pool in giving:
                total[pool] = total[pool] - f[flow]
            for pool in taking:
                total[pool] = total[pool] + f[flow]
        return jnp.stack([jnp.asarray(total[k]) * 1.0 for k in pools])

    boluses, infusions = engine.expanded(ROWS, 0.0, HOURS)
    edges = np.unique(np.round([0.0, HOURS, *(t for t, _ in boluses), *(t for x in infusions for t in x[:2]), *AT], 9))
    add = np.zeros((len(edges) - 1, len(pools)))
    rate = np.zeros(len(edges) - 1)
    for t, row in boluses:
        add[np.searchsorted(edges, t - 1e-6), pools.index(row["cmt"])] += row["amt"]
    for a, b, row in infusions:
        rate[np.searchsorted(edges, a - 1e-6) : np.searchsorted(edges, b - 1e-6)] += row["amt"] / engine.length(row)
    keep = np.searchsorted(edges, AT[1:] - 1e-6) - 1
    control = diffrax.PIDController(rtol=rtol, atol=1e-8)

    def one(p, y0):
        def span(y, x):
            a, b, more, infusion = x
            q = dict(p, infusion_in=infusion)
            sol = diffrax.diffeqsolve(
                diffrax.ODETerm(rates),
                diffrax.Tsit5(),
                a,
                b,
                0.02,
                y + more,
                args=q,
                stepsize_controller=control,
                max_steps=4096,
            )
            return sol.ys[-1], sol.ys[-1][4]

        return jax.lax.scan(span, y0, (edges[:-1], edges[1:], add, rate))[1]

    all_p = {k: jnp.asarray(np.broadcast_to(v[:n], (n,))) for k, v in parameters.items()}
    many = jax.jit(jax.vmap(one))
    y0 = jnp.asarray(start[:, :n].T)
    many(all_p, y0).block_until_ready()
    wall, values = best(lambda: many(all_p, y0).block_until_ready(), 2)
    return wall, np.concatenate([start[4:5, :n], np.asarray(values).T[keep]])


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    people = virtual(n, 1)
    parameters, start = at_rest(people, [])
    truth = roadrunner(parameters, start, JUDGED, 1e-10)[1]

    def error(values):
        return np.abs(values[:, :JUDGED] / truth[:, : values.shape[1]] - 1).max()

    rows = []
    for accuracy in (1.0, 2.0):
        engine.simulate(people, ROWS, HOURS, at=AT, keep=("central",), accuracy=accuracy)
        wall, course = best(
            lambda a=accuracy: engine.simulate(people, ROWS, HOURS, at=AT, keep=("central",), accuracy=a)
        )
        rows.append(
            (f"hypomag kernel, accuracy {accuracy:g}, {os.cpu_count()} cores", n, wall, error(course["central"]))
        )
    count = 100
    for rtol in (1e-4, 1e-6):
        wall, values = roadrunner(parameters, start, count, rtol)
        rows.append((f"libroadrunner CVODE rtol {rtol:g}, {os.cpu_count()} processes", count, wall, error(values)))
    began = time.perf_counter()
    values = np.stack([scipy_lsoda(parameters, start, i, 1e-6) for i in range(2)], axis=1)
    rows.append(
        ("scipy LSODA rtol 1e-6, 1 core", 2, time.perf_counter() - began, np.abs(values / truth[:, :2] - 1).max())
    )
    if importlib.util.find_spec("diffrax"):
        wall, values = diffrax_engine(parameters, start, 200, 1e-5)
        rows.append(("diffrax Tsit5 rtol 1e-5, vmap of 200", 200, wall, error(values)))
    base = next(m / wall for name, m, wall, e in rows if "1e-06" in name and "libroad" in name)
    doses = sum(int(r["addl"]) + 1 for r in ROWS)
    print(f"{len(AT)} outputs, 14 days, {doses} doses, {len(kernel.POOLS)} pools\n")
    print("| engine | people | wall s | people/s | error of magnesium | against libroadrunner 1e-6 |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, m, wall, e in rows:
        print(f"| {name} | {m} | {wall:.3f} | {m / wall:.0f} | {e:.1e} | {m / wall / base:.1f} |")
    wall, _ = best(lambda: engine.simulate(person(), ROWS, HOURS, at=AT), 10)
    infusion = "magnesium sulfate 4 g IV over 20 min then 1 g/h for 24 h"
    short, _ = best(lambda: engine.simulate(person(), infusion, 48.0), 10)
    print(f"\none warm run: {1000 * wall:.1f} ms for these 14 days, {1000 * short:.1f} ms for 48 h with one infusion")
    wall, _ = best(
        lambda: engine.simulate(people, ROWS, HOURS, at=np.linspace(0, HOURS, 337), keep=("central",)).quantiles(
            "serum"
        ),
        2,
    )
    print(f"{n} people, hourly, with quantiles: {wall:.2f} s")


if __name__ == "__main__":
    main()
