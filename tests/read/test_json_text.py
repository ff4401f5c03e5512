"""JSON from anybody: read as it is written, or refused in one sentence with the place."""

from __future__ import annotations

import contextlib
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypomag.read import json_text, read
from hypomag.record import Refused

DEEP = b'{"entry":' * 100_000 + b"1" + b"}" * 100_000

HOSTILE = {
    "empty": (b"", "empty"),
    "white space": (b" \n\t ", "empty"),
    "NaN": (b'{"entry":[{"value":NaN}]}', r"entry\[0\].value: NaN is not JSON"),
    "Infinity": (b'{"value":-Infinity}', "value: -Infinity is not JSON"),
    "1e400": (b'{"a":{"value":1e400}}', "a.value: a number too large to hold"),
    "digits": (b'{"a":[1,' + b"9" * 1_000_000 + b"]}", r"a\[1\]: a number too large to hold"),
    "decimal digits": (b'{"a":' + b"9" * 400 + b".5}", "a: a number too large to hold"),
    "key twice": (b'{"entry":[{"value":1.9,"unit":"mg/dL","value":0.9}]}', r"entry\[0\].value: given twice"),
    "key twice, spaced": (b'{"value" : 1.9, "value": 0.9}', "value: given twice"),
    "key twice, escaped": (b'{"value":1.9,"v\\u0061lue":0.9}', "value: given twice"),
    "key twice, hidden": (b'{"a\\\\":1,"text":"say \\": ","value":1,"value":2}', "value: given twice"),
    "byte order mark": (b'\xef\xbb\xbf{"a":1}', "byte order mark"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "UTF-16"),
    "UTF-16 without mark": ('{"a":1}'.encode("utf-16-le"), "not UTF-8"),
    "UTF-32": ('{"a":1}'.encode("utf-32-le"), "not UTF-8"),
    "half a surrogate pair": (b'{"a":["x\\ud800y"]}', r"a\[0\]: holds a NUL character or half of a surrogate"),
    "NUL character": (b'{"a":"x\\u0000y"}', "a: holds a NUL character"),
    "a key of half a pair": (b'{"a":{"\\uDC00":1}}', "holds a NUL character or half of a surrogate"),
    "invalid UTF-8": (b'{"a":\n"\xc3\x28"}', "line 2: not valid UTF-8"),
    "trailing garbage": (b'{"a":1}\n{"b":2}', "line 2 column 1: not JSON"),
    "cut off": (b'{"a":[1,2', "line 1 column 10: not JSON"),
    "depth": (DEEP, "nested too deeply"),
    "objects": (b"[" + b"{}," * 1_000_000 + b"{}]", "more than 1000000 values"),
    "size": (b'{"a":"' + b"x" * (32 * 2**20) + b'"}', "more than 32 MB"),
    "gzip bomb": (gzip.compress(b" " * (64 * 2**20), 1), "more than 32 MB unpacked"),
    "gzip cut off": (gzip.compress(b'{"a":1}')[:-9], "ends early"),
    "not gzip": (b"\x1f\x8bnothing", "cannot be unpacked"),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_json_is_refused_with_its_place(attack):
    data, sentence = HOSTILE[attack]
    with pytest.raises(Refused, match=sentence) as refusal:
        read(data, format="fhir")
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 200


@pytest.mark.parametrize("document", [b"1", b'"x"', b"null", b"true", b"[]", b"[1]", b"{}", b'{"resourceType":5}'])
@pytest.mark.parametrize("format", ["fhir", "case", "form", None])
def test_json_of_the_wrong_type_is_refused(document, format):
    with pytest.raises(Refused):
        read(document, format=format)


def test_decimals_keep_their_digits():
    value = json_text.loads(b'{"a":1.10,"b":1e2,"c":3,"d":-0.0}', "x")
    assert [str(value[k]) for k in "abcd"] == ["1.10", "1e2", "3", "-0.0"]
    assert [float(value[k]) for k in "abcd"] == [1.1, 100.0, 3.0, 0.0]


def test_what_only_looks_hostile_is_read():
    text = 'a "key": twice \\ud800 1e400 NaN \u00e4 \U0001f600'
    value = {"text": text, "n": 1.5, "k": {"text": text}, 'odd "key\\': "x"}
    for layout in ({"indent": 2}, {"separators": (",", " : ")}, {"ensure_ascii": False}):
        assert json_text.loads(json.dumps(value, **layout).encode(), "x") == value | {"n": "1.5"}


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_what_json_writes_is_read_as_it_was(value, indent, ascii_only):
    written = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if "\0" in json.dumps(value, ensure_ascii=False) or "\\u0000" in written:
        return  # a NUL character is refused
    found = json_text.loads(written.encode(), "x")
    assert json.dumps(found) == json.dumps(json.loads(written, parse_float=str))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    for format in ("fhir", "case", "form", None):
        with contextlib.suppress(Refused):
            read(data, format=format)


def test_gzip_is_unpacked_wherever_it_comes_from(tmp_path):
    case = b'{"schema_version": "1.0", "id": "x", "labs": []}'
    plain, packed = tmp_path / "case.json", tmp_path / "case.json.gz"
    plain.write_bytes(case)
    packed.write_bytes(gzip.compress(case))
    assert read(plain).tables["patients"][0]["id"] == "x"
    assert read(packed).tables["patients"][0]["id"] == "x"
    assert read(gzip.compress(case)).tables["patients"][0]["id"] == "x"


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        read(tmp_path / "nothing.json")
    (tmp_path / "large.json").write_bytes(b" " * 2000)
    with pytest.raises(Refused, match="more than"):
        read(tmp_path / "large.json", max_bytes=1000)


def test_lines_of_a_file(tmp_path):
    file = tmp_path / "Observation.ndjson"
    file.write_bytes(b'\xef\xbb\xbf{"a":1}\r\n\r\n  {"b":2}  \n{"c":3')
    assert list(json_text.lines(file)) == [(1, b'{"a":1}'), (3, b'{"b":2}'), (4, b'{"c":3')]
    packed = tmp_path / "Observation.ndjson.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert list(json_text.lines(packed)) == list(json_text.lines(file))
    packed.write_bytes(packed.read_bytes()[:-10])
    with pytest.raises(Refused, match="cannot be read to its end"):
        list(json_text.lines(packed))
    file.write_bytes(b"x" * 2000)
    with pytest.raises(Refused, match="line 1"):
        list(json_text.lines(file, max_bytes=1000))


def test_a_gzip_of_several_members_is_read_whole():
    first, second = b'{"schema_version": "1.0", "labs": [],', b'"id": "x"}'
    assert read(gzip.compress(first) + gzip.compress(second)).tables["patients"][0]["id"] == "x"
