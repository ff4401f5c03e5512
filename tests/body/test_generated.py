"""What is generated is what is committed, and what the kernel cannot run is refused out loud."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hypomag.body import kernel, lanes
from hypomag.body.known import body
from hypomag.body.people import People, person, typical, virtual
from hypomag.body.rest import at_rest
from hypomag.body.simulate import simulate

ROOT = Path(__file__).resolve().parents[2]
BODY = ROOT / "src/hypomag/body"
MODEL = "model m\n substanceOnly species a, b\n {rule}\n f: a -> b; {rate}\n {more}\nend\n"


@pytest.fixture()
def tools():
    pytest.importorskip("antimony")
    pytest.importorskip("libsbml")
    from tools import read_body

    return read_body


def test_generating_again_gives_the_same_bytes(tools) -> None:
    from tools import generate_body

    for path, text in generate_body.texts().items():
        assert path.read_text() == text, f"{path.name} is stale: run python -m tools.generate_body"


def test_the_sbml_begins_at_rest() -> None:
    """Its reader starts from body.toml's [start]: no pool of the typical adult moves by 0.1 % in a month."""
    adult = People(1, typical())
    start = np.array([[body()["start"][pool]] for pool in kernel.POOLS])
    course = simulate(replace(adult, resting=(adult.parameters, start)), until=720.0)
    for pool in set(kernel.POOLS) - {"urine", "faeces", "elsewhere"}:
        assert course[pool][-1, 0] == pytest.approx(body()["start"][pool], rel=1e-3, abs=1e-9), pool


@pytest.mark.parametrize(
    ("rate", "rule", "more", "word"),
    [
        ("k*a*time", "", "", "time"),
        ("piecewise(k, a > 2, 0)*a", "", "", "piecewise"),
        ("k*a", "", "e1: at (time >= 5): a = a + 1", "event"),
        ("max(a, k)", "", "", "max"),
        ("k*(a > 2)", "", "", "comparison"),
        ("sqrt(a - k)", "", "", "not surely positive"),
        ("k/(a - b)", "", "", "not surely positive"),
        ("k*a^n", "", "", "whole numbers"),
        ("k*exp(a)", "", "", "exp"),
        ("k*a", "", "k = 3", "Numbers"),
        ("k*a*z", "", "z' = k", "not an assignment"),
        ("x*a", "x := y + 1; y := x + 1", "", "cannot be read|defined by each other"),
    ],
)
def test_what_a_solver_would_get_silently_wrong_is_refused(tools, rate: str, rule: str, more: str, word: str) -> None:
    with pytest.raises(tools.Refused, match=word):
        tools.read(MODEL.format(rate=rate, rule=rule, more=more))


def test_a_plain_model_is_not_refused(tools) -> None:
    body = tools.read(MODEL.format(rate="k*a/(h + a)", rule="", more=""))
    assert body.pools == ["a", "b"] and body.parameters == ["k", "h"]


def test_flags_that_break_arithmetic_are_off() -> None:
    """reassoc folded a rounding trick (median error 0.46 %, no warning); nnan removed the checks for NaN."""
    assert not lanes.MATH & {"reassoc", "nnan", "ninf", "fast"}


def test_the_compiled_loops_stand_in_the_file_of_the_step() -> None:
    """numba's disk cache watches the file of the function it keeps; a step elsewhere would run on when changed."""
    text = (BODY / "kernel.py").read_text()
    assert "def march_fast(" in text and "def step(" in text


def test_every_pool_and_flow_of_the_text_is_in_the_kernel() -> None:
    text = (BODY / "body.ant").read_text()
    arrows = re.findall(r"^\s*(\w+):.*->", text, re.M)
    assert set(arrows) == set(kernel.FLOWS)
    assert len(kernel.POOLS) == 22


def run_elsewhere(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, check=True
    )
    return done.stdout


def test_numpy_alone_gives_what_numba_gives() -> None:
    code = (
        "import json; from hypomag.body.people import virtual; from hypomag.body.simulate import simulate;"
        "from hypomag.body.lanes import FAST;"
        "c = simulate(virtual(5, 3), 'magnesium sulfate 4 g IV over 20 min then 1 g/h for 6 h', 24.0, 'diarrhoea:2L');"
        "print(json.dumps([FAST, c['central'][-1].tolist(), c['calcium'][-1].tolist()]))"
    )
    fast, magnesium, calcium = json.loads(run_elsewhere(code, HYPOMAG_NO_NUMBA="1"))
    assert fast is False
    course = simulate(virtual(5, 3), "magnesium sulfate 4 g IV over 20 min then 1 g/h for 6 h", 24.0, "diarrhoea:2L")
    assert course["central"][-1] == pytest.approx(magnesium, rel=1e-9)
    assert course["calcium"][-1] == pytest.approx(calcium, rel=1e-9)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_javascript_takes_the_same_steps() -> None:
    parameters, start = at_rest(person(), [])
    hours = [0.05] * 20 + [0.5] * 20
    script = f"""import {{POOLS, constants, step}} from "{BODY / "body.js"}";
    const p = {json.dumps({k: float(v[0]) for k, v in parameters.items()})};
    const y = {json.dumps(start[:, 0].tolist())};
    y[POOLS.indexOf("central")] += 8; const c = constants(p);
    for (const h of {hours}) step(h, y, c); console.log(JSON.stringify(y));"""
    done = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    done_here = json.loads(
        run_elsewhere(
            f"""import json; from hypomag.body import kernel
z = {start[:, 0].tolist()} + [0.0] + {[float(x[0]) for x in kernel.constants(parameters)]}
z[kernel.POOLS.index("central")] += 8
for h in {hours}: kernel.step(h, z)
print(json.dumps([float(x) for x in z[:kernel.WORST]]))""",
            HYPOMAG_NO_NUMBA="1",
        )
    )
    assert json.loads(done.stdout) == pytest.approx(done_here, rel=1e-12, abs=1e-14)
