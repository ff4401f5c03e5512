"""What an experiment measured, computed from a course: each row of a case file names one of these."""

from collections.abc import Callable

import numpy as np

from hypomag.body.course import DERIVED, Course
from hypomag.body.kernel import FLOWS, POOLS, RULES
from hypomag.body.known import body
from hypomag.body.scenario import Scenario

RATES = {"urine_rate": "urine", "faecal_rate": "faeces"}
Runs = dict[str, Course]


def plain(name: str, course: Course, row: dict) -> np.ndarray:
    """The value (n) at row.hour, or the mean from row.start to row.hour; rates by what the ledger gained."""
    hour = row.get("hour", 0.0)
    if "start" in row and name in RATES:
        ledger = RATES[name]
        return (course.at(ledger, hour) - course.at(ledger, row["start"])) / (hour - row["start"]) * 24
    if "start" in row:
        within = (course.hours >= row["start"] - 1e-6) & (course.hours <= hour + 1e-6)
        return np.trapezoid(course[name][within], course.hours[within], axis=0) / np.ptp(course.hours[within])
    return course.at(name, hour)


def urine_total(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    return course.at("urine", row["hour"]) - course.at("urine", row["start"])


def above_baseline(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    """mmol of urine magnesium beyond what the last hour before row.start would have gone on giving."""
    before = course.at("urine_rate", row["start"]) / 24
    return urine_total(course, row, scenario) - before * (row["hour"] - row["start"])


def dose(row: dict, scenario: Scenario) -> float:
    from hypomag.body.simulate import given

    return float(sum(given(scenario.doses, row["start"], row["hour"]).values())[0])  # type: ignore[index]


def recovery(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    return 100 * above_baseline(course, row, scenario) / dose(row, scenario)


def retention(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    urine = above_baseline if row["subtract_baseline"] else urine_total
    return 100 * (1 - urine(course, row, scenario) / dose(row, scenario))


def recovery_rate(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    """Urine magnesium per dose given in the same hours."""
    return urine_total(course, row, scenario) / dose(row, scenario)


def urine_concentration(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    return course.at("urine_rate", row["hour"]) / scenario.people.urine_flow


def lowest(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    within = (course.hours >= row["start"]) & (course.hours <= row["hour"])
    return course[row["of"]][within].min(axis=0)


def crossing(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    """Hours from row.start until row.of passes row.above or row.below (the end of the window when it never does)."""
    within = (course.hours >= row["start"]) & (course.hours <= row["hour"])
    hours, values = course.hours[within], course[row["of"]][within]
    passed = values >= row["above"] if "above" in row else values <= row["below"]
    first = np.where(passed.any(axis=0), passed.argmax(axis=0), len(hours) - 1)
    return hours[first] - row["start"]


def plateau(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    """Weeks until 90 % of the rise seen at the end of the run, day by day."""
    days = np.arange(24.0, course.hours[-1] + 1, 24.0)
    risen = np.stack([plain(row["of"], course, {"start": d - 24, "hour": d}) for d in days]) - course.at(row["of"], 0.0)
    return days[np.argmax(risen >= 0.9 * risen[-1], axis=0)] / 168


def deficit(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    weight = 70 * course.people.parameters["crystal_usual"] / 370
    return (course.at("body", 0.0) - course.at("body", row["hour"])) / weight


def exchangeable_deficit(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    weight = 70 * course.people.parameters["crystal_usual"] / 370
    return (course.at("exchangeable_body", 0.0) - course.at("exchangeable_body", row["hour"])) / weight


def share(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    """Percent of virtual people measured below row.below, with the laboratory's error; the course is the crowd's."""
    noise = body()["measurement"].get(row["of"], {}).get("cv", 0.0) * np.random.default_rng(7).standard_normal(
        course.people.n
    )
    return np.array([100.0 * np.mean(plain(row["of"], course, row) * np.exp(noise) < row["below"])])


def tracer(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    """Percent of body magnesium a tracer has spread in: tracer kept / plasma specific activity / body."""
    from scipy.linalg import expm

    pools = ("central", "fast", "exchangeable", "slow", "crystal")
    p = course.stretches[-1].parameters
    mass = np.array([course.at(k, 0.0)[0] for k in pools])
    serum = course.at("serum", 0.0)[0]
    swap = [
        float(p["q_fast"][0]) * serum,
        float(p["q_exchangeable"][0]) * serum,
        float(p["k_slow"][0]) * mass[3],
        float(p["bone_turnover"][0] * p["crystal_usual"][0]),
    ]
    k = np.zeros((5, 5))
    for i, flow in enumerate(swap, 1):
        k[i, 0] += flow / mass[0]
        k[0, i] += flow / mass[i]
        k[0, 0] -= flow / mass[0]
        k[i, i] -= flow / mass[i]
    k[0, 0] -= (course.at("excrete", 0.0)[0] + course.at("secrete", 0.0)[0]) / mass[0]
    amount = expm(k * row["hour"])[:, 0]
    return np.array([100 * amount.sum() / (amount[0] / mass[0]) / mass.sum()])


SINGLE: dict[str, Callable] = {
    "urine_total": urine_total,
    "recovery": recovery,
    "retention": retention,
    "recovery_rate": recovery_rate,
    "urine_concentration": urine_concentration,
    "lowest": lowest,
    "weeks_to_plateau": plateau,
    "deficit": deficit,
    "exchangeable_deficit": exchangeable_deficit,
    "share": share,
    "tracer_equilibrated": tracer,
    "days_to": lambda c, r, s: crossing(c, r, s) / 24,
    "years_to": lambda c, r, s: crossing(c, r, s) / 8766,
}
ALIASES = {"potassium": "plasma_potassium"}


def of_arm(course: Course, row: dict, scenario: Scenario) -> np.ndarray:
    """The measure of one arm, (n) or (1)."""
    name = ALIASES.get(row["measure"], row["measure"])
    if name in SINGLE:
        return SINGLE[name](course, row | {"of": ALIASES.get(row.get("of", ""), row.get("of", ""))}, scenario)
    return plain(name, course, row)


def zero_balance_intake(runs: Runs, row: dict) -> np.ndarray:
    """Intake (mmol/d) at which intake less urine and faeces is zero, on the line through the arms."""
    intake, kept = [], []
    for course in runs.values():
        days = (row["hour"] - row["start"]) / 24
        eaten = float(course.stretches[-1].parameters["food_in"][0]) * 24
        out = sum(course.at(x, row["hour"]) - course.at(x, row["start"]) for x in ("urine", "faeces"))[0] / days
        intake.append(eaten)
        kept.append(eaten - out)
    if np.ptp(intake) < 1e-9:  # nobody changed the intake: in balance where they were
        return np.array(intake[:1])
    slope, level = np.polyfit(intake, kept, 1)
    return np.array([-level / slope])


def egfr_where_serum(runs: Runs, row: dict) -> np.ndarray:
    """eGFR (mL/min) at which the serum at rest passes row.above, between the arms."""
    points = sorted(
        (float(c.stretches[-1].parameters["gfr"][0]) / 0.06 / float(c.people.surface[0]), float(c["serum"][-1, 0]))
        for c in runs.values()
    )
    egfr, serum = np.array(points).T
    if not serum.min() <= row["above"] <= serum.max():
        return np.array([np.nan])
    return np.array([np.interp(row["above"], serum[::-1], egfr[::-1])])


ACROSS: dict[str, Callable[[Runs, dict], np.ndarray]] = {
    "zero_balance_intake": zero_balance_intake,
    "egfr_where_serum": egfr_where_serum,
}
# What a case file may ask for: the above, any pool, and the concentrations, hormones and flows of the model.
MEASURES = {*SINGLE, *ACROSS, *ALIASES, *POOLS, *DERIVED, *RULES, *FLOWS}
