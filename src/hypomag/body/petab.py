"""The calibration data in the table shapes of PEtab (v1), for those who fit with other programs.

    python -m hypomag.body.petab FOLDER

Conditions are named by case and arm; their event tables stand beside as doses.tsv, since PEtab v1 has no dosing.
Measures that are not names of the SBML (retention, urine over a day) need a formula of the reader's own.
"""

import sys
from math import log
from pathlib import Path

from hypomag.body.calibrate import NOT_SMOOTH, priors, width
from hypomag.body.doses import COLUMNS
from hypomag.body.scenario import read
from hypomag.body.validate import FITTED, cases


def tables() -> dict[str, list[dict]]:
    """measurements, observables, conditions, parameters, doses: rows as dicts in PEtab's column names."""
    measured, conditions, doses = [], [], []
    for name, case in cases():
        if case["split"] not in FITTED:
            continue
        for arm, given in case["arms"].items():
            conditions.append({"conditionId": f"{name}__{arm}", "conditionName": case["title"]})
            for row in read(given, name).doses:
                doses.append({"simulationConditionId": f"{name}__{arm}", **{c: row[c] for c in COLUMNS}})
        for row in case["observed"]:
            if row["class"] == "output" and row["measure"] not in NOT_SMOOTH:
                arm = row.get("arm", next(iter(case["arms"])))
                measured.append(
                    {
                        "observableId": f"{row['measure']}__{row['id']}",
                        "simulationConditionId": f"{name}__{arm}",
                        "measurement": row["value"],
                        "time": row.get("hour", 0.0),
                        "noiseParameters": width(row),
                    }
                )
    observables = [
        {
            "observableId": m["observableId"],
            "observableFormula": m["observableId"].split("__")[0],
            "noiseFormula": f"noiseParameter1_{m['observableId']}",
        }
        for m in measured
    ]
    parameters = [
        {
            "parameterId": name,
            "parameterScale": "log",
            "lowerBound": row["low"],
            "upperBound": row["high"],
            "nominalValue": row["value"],
            "estimate": 1,
            "objectivePriorType": "logNormal",
            "objectivePriorParameters": f"{log(row.get('prior', row['value'])):.6g};{row['prior_sd']}",
        }
        for name, row in priors().items()
    ]
    return {
        "measurements": measured,
        "observables": observables,
        "conditions": conditions,
        "parameters": parameters,
        "doses": doses,
    }


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables().items():
        lines = ["\t".join(rows[0]), *("\t".join(str(v) for v in row.values()) for row in rows)]
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
