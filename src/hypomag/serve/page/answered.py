"""A request answered: the record assessed and put on the page of the clinician or of the patient."""

from __future__ import annotations

from fastapi.responses import HTMLResponse

from hypomag.assess import assess
from hypomag.serve.page import clinician, number_line
from hypomag.serve.page.asked import Asked
from hypomag.serve.page.html import page


def for_clinician(given: Asked) -> HTMLResponse:
    record = given.record()
    answer = assess(record, as_of=given.moment())
    shown = clinician.shown(answer, record, given.unit)
    return page("clinician.html", view="clinician", again=given.again(), **shown)


def for_patient(given: Asked) -> HTMLResponse:
    answer = assess(given.record(), as_of=given.moment())
    unit = clinician.default_unit(answer)
    return page(
        "patient.html",
        view="clinician",
        again=given.again(),
        answer=answer,
        text=answer["patient_text"],
        choice=given.unit or unit,
        line=number_line.of_answer(answer, unit),
        tone=clinician.tone(answer),
    )
