"""libroadrunner (CVODE, its own reading of the SBML) agrees with the kernel within 3e-4 in plasma magnesium."""

import os
from importlib.resources import files

import numpy as np
import pytest

from hypomag.body.doses import read_dose
from hypomag.body.rest import at_rest
from hypomag.body.simulate import simulate

from .judge import judged
from .wild import DOSES, wild_people

PEOPLE, SCHEDULES = (50, 10) if os.environ.get("HYPOMAG_FULL_JUDGE") else (4, 3)


@pytest.fixture(autouse=True)
def _roadrunner() -> None:
    pytest.importorskip("roadrunner")


@pytest.mark.parametrize("schedule", range(SCHEDULES))
def test_the_kernel_agrees_with_an_independent_solver(schedule: int) -> None:
    people, at = wild_people(PEOPLE, 100 + schedule), np.linspace(0.0, 168.0, 29)
    rows = read_dose(DOSES[schedule], 2.37)
    course = simulate(people, rows, 168.0, at=at)
    parameters, start = at_rest(people, [])
    for i in range(PEOPLE):
        one = {k: v[min(i, len(v) - 1)] for k, v in parameters.items()}
        reference = judged(one, start[:, i], rows, at)
        assert np.abs(course["central"][:, i] / reference["central"] - 1).max() < 3e-4
        for pool in ("calcium", "potassium", "exchangeable"):
            assert np.abs(course[pool][:, i] / reference[pool] - 1).max() < 3e-4, pool


def test_a_short_infusion_after_80_quiet_days_is_not_stepped_over() -> None:
    """A dose written inside the model was skipped in silence by a solver; an event edge cannot be."""
    people, at = wild_people(1, 7), np.array([0.0, 2000.0, 2000.62, 2001.0, 2024.0])
    rows = [{"time": 2000.37, "amt": 8.0, "rate": 32.0, "cmt": "central", "ii": 0.0, "addl": 0}]
    course = simulate(people, rows, 2024.0, at=at)
    parameters, start = at_rest(people, [])
    reference = judged({k: v[0] for k, v in parameters.items()}, start[:, 0], rows, at)
    assert course["central"][2, 0] - course["central"][1, 0] > 4.0
    assert np.abs(course["central"][:, 0] / reference["central"] - 1).max() < 3e-4


def test_the_sbml_opens_without_an_error() -> None:
    libsbml = pytest.importorskip("libsbml")
    document = libsbml.readSBML(str(files("hypomag") / "body" / "body.xml"))
    errors = [
        document.getError(i).getMessage()
        for i in range(document.getNumErrors())
        if document.getError(i).getSeverity() >= libsbml.LIBSBML_SEV_ERROR
    ]
    assert errors == []
    assert document.getModel().getNumEvents() == 0
