"""The JSON of an answer is the library's own, byte for byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypomag.write import json_text

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars, lambda of: st.lists(of) | st.lists(of).map(tuple) | st.dictionaries(st.text(), of), max_leaves=30
)


@given(st.dictionaries(st.text(), values))
def test_written_as_the_library_writes(answer: dict) -> None:
    assert json_text.write(answer) == json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_lacks_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_text.write({"a": [{"b": wrong}]})


@pytest.mark.parametrize("wrong", [{1: "a"}, {"a": {None: 1}}, {"a": {1, 2}}])
def test_what_is_no_json_is_refused(wrong: dict) -> None:
    with pytest.raises(TypeError):
        json_text.write(wrong)
