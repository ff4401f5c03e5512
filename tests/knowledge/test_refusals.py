"""The loader refuses, with the file, the line and the reason, whatever cannot be trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypomag import knowledge

SCHEMA = """
[sources]
meaning = "bibliography"
key = ["source"]
[sources.columns]
source = "source"
title = "text"
standing = "standing"

[units]
meaning = "units"
key = ["analyte", "unit"]
[units.columns]
analyte = "id"
unit = "text"

[doses]
meaning = "doses"
key = ["dose"]
needs_seen = ["grams"]
[doses.columns]
dose = "id"
grams = "scaled?"
minutes_low = "minutes?"
minutes_high = "minutes?"
from_kg = "scaled?"
below_kg = "scaled?"
route = "choice[iv|po]"
child = "flag?"
salt = "ref:salts.salt?"
source = "sources"
standing = "standing"
reviewed = "date"

[salts]
meaning = "salts"
key = ["salt"]
[salts.columns]
salt = "id"
code = "code:atc?"

[codes]
meaning = "codes"
key = ["system", "code"]
[codes.columns]
system = "text"
code = "code:@system"
"""

FILES = {
    "schema.toml": SCHEMA,
    "sources.csv": "# one a line\nsource,title,standing\nLABEL,A label,seen\nRECALL,Nothing,recall\n",
    "units.csv": "analyte,unit\nmagnesium,mg/dL\n",
    "doses.csv": "# grammar\n# second line\n"
    "dose,grams,minutes_low,minutes_high,from_kg,below_kg,route,child,salt,source,standing,reviewed\n"
    "small,1.5,10,20,40,50,iv,0,sulfate,LABEL,seen,2026-11-22\n",
    "salts.csv": "salt,code\nsulfate,B05XA05\n",
    "codes.csv": "system,code\nloinc,19123-9\nicd10cm,E83.42\n",
    "limits.toml": '[low]\nvalue = 1.7\nunit = "mg/dL"\nanalyte = "magnesium"\nmeaning = "low"\n'
    'source = "LABEL"\nstanding = "seen"\nreviewed = "2026-11-22"\n',
}
ROW = "small,1.5,10,20,40,50,iv,0,sulfate,LABEL,seen,2026-11-22"


def folder(path: Path, **changed: tuple[str, str]) -> Path:
    for name, text in FILES.items():
        old, new = changed.get(name.split(".")[0], ("", ""))
        assert old in text
        (path / name).write_text(text.replace(old, new, 1) if old else text, "utf-8")
    return path


def test_a_good_folder_loads_with_typed_values(tmp_path: Path) -> None:
    known = knowledge.read(folder(tmp_path))
    row = known.tables["doses"].dicts()[0]
    assert row["grams"] == 15_000, "a scaled value is whole 1/10000"
    assert (row["minutes_low"], row["minutes_high"]) == (600, 1200), "a time is whole seconds"
    assert known.tables["doses"].columns["grams"] == "bigint"
    assert known.tables["limits"].rows == [(17_000,)]
    assert known.sources["LABEL"]["title"] == "A label"


def test_an_unknown_file_is_ignored_and_named(tmp_path: Path) -> None:
    (folder(tmp_path) / "notes.csv").write_text("a\n1\n", "utf-8")
    assert knowledge.read(tmp_path).ignored == ("notes.csv",)


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    first = knowledge.read(folder(tmp_path)).version
    assert knowledge.read(folder(tmp_path)).version == first
    assert knowledge.read(folder(tmp_path, salts=("B05XA05", "A12CC10"))).version != first


REFUSED = {
    "row without source": ("doses", ("LABEL", ""), "doses.csv line 4: source is empty and must not be"),
    "unknown source": ("doses", ("LABEL", "LABEL;BOOK"), "doses.csv line 4: source 'BOOK' is not in sources.csv"),
    "seen by nobody": ("doses", ("LABEL", "RECALL"), "doses.csv line 4: standing is seen, but none of its"),
    "dose on recall": ("doses", ("LABEL,seen", "RECALL,recall"), "doses.csv line 4: grams has a value but its"),
    "dose on judgement": ("doses", ("seen", "judgement"), "its standing is judgement"),
    "unknown standing": ("doses", ("seen", "certain"), "standing 'certain' is none of seen, judgement, recall"),
    "unknown column": ("salts", ("salt,code", "salt,codes"), "salts.csv has the column 'codes'"),
    "missing column": ("salts", ("salt,code\nsulfate,B05XA05", "salt\nsulfate"), "salts.csv lacks the column 'code'"),
    "repeated key": ("salts", ("sulfate,B05XA05", "sulfate,B05XA05\nsulfate,"), "line 3 repeats the key (sulfate) of"),
    "cells": ("doses", ("small,1.5", "small,1,5"), "doses.csv line 4 has 13 cells, the header 12"),
    "number": ("doses", ("1.5", "1x5"), "grams '1x5' is not a number"),
    "infinite": ("doses", ("1.5", "inf"), "grams 'inf' is not a finite number"),
    "too fine": ("doses", ("1.5", "1.50005"), "has more digits than 1/10000 holds"),
    "flag": ("doses", ("iv,0", "iv,no"), "child 'no' is not a flag"),
    "choice": ("doses", ("iv,0", "im,0"), "route 'im' is none of iv, po"),
    "reference": ("doses", ("sulfate", "oxide"), "salt 'oxide' is not in salts.salt"),
    "date": ("doses", ("2026-11-22", "22.11.2026"), "is not a date: write year-month-day"),
    "id": ("salts", ("sulfate", "Sulfate"), "salt 'Sulfate' is not an id"),
    "low above high": ("doses", ("10,20", "30,20"), "doses.csv line 4: minutes_low is above minutes_high"),
    "empty band": ("doses", ("40,50", "50,50"), "doses.csv line 4: from_kg is above below_kg"),
    "atc shape": ("salts", ("B05XA05", "B5XA05"), "code 'B5XA05' has not the shape of a atc code"),
    "loinc check digit": ("codes", ("19123-9", "19123-8"), "'19123-8' has a wrong LOINC check digit"),
    "icd shape": ("codes", ("E83.42", "83.42"), "code '83.42' has not the shape of a icd10cm code"),
    "code system": ("codes", ("loinc", "loin"), "has no known code system 'loin'"),
    "kind": ("schema", ('grams = "scaled?"', 'grams = "gram?"'), "doses.grams has the unknown kind 'gram'"),
    "limit unit": ("limits", ('unit = "mg/dL"', 'unit = "mg"'), "limits.toml [low]: mg is not a unit of magnesium"),
    "limit source": ("limits", ('"LABEL"', '"BOOK"'), "limits.toml [low]: source 'BOOK' is not in sources.csv"),
    "limit field": ("limits", ("meaning", "says"), "limits.toml [low] has the unknown field 'says'"),
    "limit value": ("limits", ("1.7", '"a"'), "limits.toml [low]: value 'a' is not a number"),
    "limit standing": ("limits", ('"seen"', '"known"'), "limits.toml [low]: standing 'known' is none of"),
    "broken limits": ("limits", ("[low]", "[low"), "limits.toml is not TOML"),
    "broken schema": ("schema", ("[sources]", "[sources"), "schema.toml is not TOML"),
    "broken csv": ("salts", ("sulfate,", 'sulfate,"'), "salts.csv line"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_a_sentence(tmp_path: Path, case: str) -> None:
    name, edit, sentence = REFUSED[case]
    with pytest.raises(knowledge.KnowledgeError) as refused:
        knowledge.read(folder(tmp_path, **{name: edit}))
    assert sentence in str(refused.value)


def test_a_described_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    (folder(tmp_path) / "salts.csv").unlink()
    with pytest.raises(knowledge.KnowledgeError, match=r"salts\.csv is missing"):
        knowledge.read(tmp_path)


def test_a_folder_brings_its_own_schema_and_may_not_repeat_a_table(tmp_path: Path) -> None:
    more = '[notes]\nmeaning = "notes"\nkey = ["note"]\n[notes.columns]\nnote = "id"\n'
    inner = folder(tmp_path) / "more"
    inner.mkdir()
    (inner / "schema.toml").write_text(more, "utf-8")
    (inner / "notes.csv").write_text("note\nfirst\n", "utf-8")
    assert knowledge.read(tmp_path).tables["notes"].rows == [("first",)]
    (inner / "schema.toml").write_text(more.replace("notes", "salts"), "utf-8")
    with pytest.raises(knowledge.KnowledgeError, match=r"schema\.toml describes salts, which another"):
        knowledge.read(tmp_path)
