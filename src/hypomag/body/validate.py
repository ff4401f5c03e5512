"""The scoreboard: every case file run and judged by docs/why/body.md, beside 'everything stays at baseline'."""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from hypomag.body.course import Course
from hypomag.body.known import Mistake, read_toml
from hypomag.body.measures import ACROSS, MEASURES, of_arm
from hypomag.body.people import People
from hypomag.body.scenario import Scenario, read

CASES = Path(str(files("hypomag") / "cases" / "body"))
CROWD = 2000  # virtual people where a study counts people
DAY, HALF_HOUR = 24.0, 0.5  # a mean over a day sees its doses: read each half hour
CHANGED = 0.05  # a follow-up that moved less than this share of its baseline is judged by its interval alone
SPLITS = ("fit", "never fitted", "fit later", "recall")
FITTED = ("fit", "fit later")


@dataclass
class Score:
    """One published value beside the simulated one."""

    case: str
    split: str
    row: dict
    simulated: float
    baseline: float  # what 'everything stays at baseline' gives
    inside: bool
    baseline_inside: bool

    @property
    def scored(self) -> bool:
        return self.row["standing"] == "seen" and self.split != "recall"


def cases(folder: Path = CASES) -> list[tuple[str, dict]]:
    """Every case file (name, content) in a folder."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise Mistake(f"{folder}: holds no case file (*.toml).")
    return [(path.stem, read_case(path)) for path in paths]


def read_case(path: Path) -> dict:
    """One case file, checked: every observed row complete enough to run and to judge."""
    case = read_toml(path)
    case.setdefault("split", "never fitted")
    if case["split"] not in (*SPLITS, "not scored"):
        raise Mistake(f"{path.name}.split is '{case['split']}'; it is {', '.join(SPLITS)} or not scored.")
    arms = case.get("arms", {})
    for i, row in enumerate(case.setdefault("observed", [])):
        where = f"{path.name}.observed[{i}]"
        row.setdefault("class", "output")
        row.setdefault("standing", "seen")
        row.setdefault("unit", "")
        if not isinstance(row.get("value"), int | float):
            raise Mistake(f"{where}.value is missing; write the published number.")
        if row["class"] != "output":
            continue
        row.setdefault("quantity", row.get("measure", ""))
        row.setdefault("id", f"{path.stem}-{i}")
        if row.get("measure") not in MEASURES:
            raise Mistake(f"{where}.measure is '{row.get('measure')}'; it is one of {', '.join(sorted(MEASURES))}.")
        if not arms or row.get("arm", next(iter(arms))) not in arms:
            raise Mistake(
                f"{where}.arm is '{row.get('arm')}'; the file has {', '.join(arms) or 'no [arms.NAME] table'}."
            )
        if row.get("form") not in (None, "difference", "ratio", "percent", "percent_of", "per_day"):
            raise Mistake(f"{where}.form is '{row['form']}'; it is difference, ratio, percent, percent_of or per_day.")
    return case


def scores(folder: Path = CASES, splits: Iterable[str] = SPLITS) -> list[Score]:
    """Every output of every case, run and judged."""
    return [s for name, case in cases(folder) if case["split"] in splits for s in score_case(name, case)]


def score_case(name: str, case: dict) -> list[Score]:
    trial = Experiment(name, case)
    return [trial.score(row) for row in trial.outputs]


class Experiment:
    """One case file, run: with its causes and doses, and untouched (the same person, nothing done)."""

    def __init__(
        self, name: str, case: dict, spread: Callable[[People], People] | None = None, skip: Container[str] = ()
    ) -> None:
        self.name, self.case = name, case
        self.outputs = [row for row in case["observed"] if row["class"] == "output" and row["measure"] not in skip]
        self.scenarios = {arm: read(given, f"{name}.arms.{arm}") for arm, given in case.get("arms", {}).items()}
        if spread:
            for s in self.scenarios.values():
                s.people = spread(s.people)
        self.runs = {arm: run(s, self.outputs, arm) for arm, s in self.scenarios.items()}
        self.still = {arm: run(s.untouched(), self.outputs, arm, s) for arm, s in self.scenarios.items()}

    def score(self, row: dict) -> Score:
        simulated, unmoved = self.value(row, self.runs)[0], self.value(row, self.still)[0]
        return Score(
            self.name,
            self.case["split"],
            row,
            float(simulated),
            float(unmoved),
            inside(row, simulated, self.before(row, self.runs)),
            inside(row, unmoved, self.before(row, self.still)),
        )

    def value(self, row: dict, runs: dict[str, Course]) -> np.ndarray:
        """The row's measure (n); `against` makes it a change from another hour or arm, in the row's form."""
        if row["measure"] in ACROSS:
            return ACROSS[row["measure"]](runs, row)
        arm = row.get("arm", next(iter(runs)))
        course = runs[arm].crowd if row["measure"] == "share" else runs[arm]  # type: ignore[attr-defined]
        here = of_arm(course, row, self.scenarios[arm])
        if "against" not in row:
            return here
        other = row["against"].get("arm", arm)
        before = self.still if row["against"]["hour"] == 0 else runs  # hour 0 is before anything acts
        there = of_arm(
            before[other], {k: v for k, v in row.items() if k != "start"} | row["against"], self.scenarios[other]
        )
        days = (row["hour"] - row["against"]["hour"]) / 24 or 1.0
        forms = {
            "difference": here - there,
            "ratio": here / there,
            "percent": 100 * (here / there - 1),
            "percent_of": 100 * here / there,
            "per_day": (here - there) / days,
        }
        return forms[row["form"]]

    def before(self, row: dict, runs: dict[str, Course]) -> float | None:
        """The simulated counterpart of the row's published baseline."""
        if "baseline" not in row or row["measure"] == "share":
            return None
        arm = row.get("arm", next(iter(runs)))
        there = {
            "measure": row["of"] if row["measure"] == "lowest" else row["measure"],
            "hour": row.get("baseline_hour", 0.0),
        }
        if "baseline_start" in row:
            there["start"] = row["baseline_start"]
        at_zero = self.still if there["hour"] == 0 else runs
        return float(of_arm(at_zero[arm], there, self.scenarios[arm])[0])


def run(scenario: Scenario, rows: list[dict], arm: str, of: Scenario | None = None) -> Course:
    """The course of an arm with an output at every hour its rows ask for."""
    wanted = {0.0, scenario.until}
    for row in rows:
        if row.get("arm", arm) == arm or "arm" in row.get("against", {}):
            wanted |= {row.get(k, 0.0) for k in ("start", "hour", "baseline_start", "baseline_hour")} | {
                row.get("against", {}).get("hour", 0.0)
            }
            wanted |= {float(h) for w in windows(row) if np.ptp(w) <= DAY for h in np.arange(*w, HALF_HOUR)}
    inside_run = [h for h in wanted if h <= scenario.until]
    step = 24.0 if scenario.until > 2000 else (6.0 if scenario.until > 400 else HALF_HOUR)
    at = np.unique(np.concatenate([np.arange(0.0, scenario.until + 1e-9, step), inside_run]))
    crowd = (
        (of or scenario).crowd(CROWD)
        if any(r["measure"] == "share" and r.get("arm", arm) == arm for r in rows)
        else None
    )
    course = scenario.run(at=at)
    if crowd is not None:
        course.crowd = scenario.run(at=np.unique([0.0, scenario.until]), people=crowd)  # type: ignore[attr-defined]
    return course


def windows(row: dict) -> list[tuple[float, float]]:
    """The stretches (from, to hour) over which a row asks for a mean."""
    ends = [row, row.get("against", {}), {k: row.get(f"baseline_{k}") for k in ("start", "hour")}]
    return [(w["start"], w["hour"]) for w in ends if w.get("start") is not None]


def inside(row: dict, simulated: float, before: float | None) -> bool:
    """The rules of docs/why/body.md."""
    observed, sd = row["value"], row.get("sd")
    if not np.isfinite(simulated):
        return False
    if row.get("bound"):
        kept = simulated <= observed if row["bound"] == "upper" else simulated >= observed
        return bool(kept and (row.get("form") != "difference" or simulated * observed > 0))
    form = row.get("form")
    if form in ("difference", "percent", "per_day"):
        return same_change(observed, simulated) and (sd is None or abs(simulated - observed) <= 2 * sd)
    if form == "ratio" and not same_change(observed - 1, simulated - 1):
        return False
    if not abs(simulated - observed) <= (2 * sd if sd is not None else 0.2 * abs(observed)):
        return False
    base = row.get("baseline")
    if base is None or before is None or abs(observed - base) < CHANGED * abs(base):
        return True
    return same_change(observed - base, simulated - before)


def same_change(observed: float, simulated: float) -> bool:
    """Right sign and within a factor of 2."""
    return bool(observed * simulated > 0 and 0.5 <= simulated / observed <= 2.0)


def summary(all_scores: list[Score]) -> list[tuple[str, int, int, int]]:
    """(which, values, inside, baseline inside) for each split and for all that are scored."""
    scored = [s for s in all_scores if s.scored]
    groups = [
        ("never fitted", [s for s in scored if s.split == "never fitted"]),
        ("fit", [s for s in scored if s.split == "fit"]),
        ("all", [s for s in scored if s.split != "fit later"]),
        ("fitted, added later", [s for s in scored if s.split == "fit later"]),
        ("recall (not scored)", [s for s in all_scores if not s.scored]),
    ]
    return [(name, len(g), sum(s.inside for s in g), sum(s.baseline_inside for s in g)) for name, g in groups]


def short(value: float) -> str:
    """Three figures; what is only rounding noise is 0."""
    return "never" if not np.isfinite(value) else f"{value if abs(value) > 1e-9 else 0.0:.3g}"


def text(all_scores: list[Score]) -> str:
    """The scoreboard as Markdown."""
    lines = [
        "# Scoreboard of the body",
        "",
        "Written by `hypomag validate`; the rules are in docs/why/body.md. Not a medical device; no clinician",
        "has reviewed it.",
        "",
        "| | values | inside | everything stays at baseline |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {name} | {n} | {good} ({good / n:.1%}) | {still} ({still / n:.1%}) |"
        for name, n, good, still in summary(all_scores)
        if n
    ]
    lines += [
        "",
        "| id | case | quantity | observed | SD | n | unit | simulated | inside | at baseline | inside | split |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for s in sorted(all_scores, key=lambda s: (SPLITS.index(s.split), s.row["id"])):
        r = s.row
        bound = f" ({r['bound']} bound)" if "bound" in r and "bound" not in r["quantity"] else ""
        cells = [r["id"], s.case, r["quantity"] + bound, f"{r['value']:g}", r.get("sd", ""), r.get("n", ""), r["unit"]]
        cells += [
            short(s.simulated),
            "yes" if s.inside else "NO",
            short(s.baseline),
            "yes" if s.baseline_inside else "no",
        ]
        lines.append("| " + " | ".join(map(str, [*cells, s.split if s.scored else "recall"])) + " |")
    return "\n".join(lines) + "\n"
