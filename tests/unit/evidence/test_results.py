"""results.json is read back as it was written."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.errors import DocumentError
from lagg_tool.evidence import Results
from tests.support.synthetic import synthetic_results


def test_results_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    results = synthetic_results()
    path = tmp_path / "results.json"

    results.write(path)

    assert Results.read(path) == results


def test_results_of_another_version_are_refused_with_the_file_name(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"version": 99}), encoding="utf-8")

    with pytest.raises(DocumentError, match=r"results\.json: results of version 99"):
        Results.read(path)


def test_every_field_is_described_and_an_unknown_one_is_refused() -> None:
    data = json.loads(synthetic_results().to_json())
    data["features"][0]["scenarios"][0]["mood"] = "fine"

    with pytest.raises(DocumentError, match=r"\$\.features\[0\]\.scenarios\[0\].*mood"):
        Results.from_json(json.dumps(data))


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_file_is_refused_or_still_says_what_it_holds(data: st.DataObject) -> None:
    document = json.loads(synthetic_results().to_json())
    node = document
    while isinstance(node, dict | list) and node:
        parent = node
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else [0]))
        node = node[key]
        if data.draw(st.booleans()):
            break
    parent[key] = data.draw(st.sampled_from([None, -1, "x", [], {}, True]))

    with contextlib.suppress(DocumentError):
        assert json.loads(Results.from_json(json.dumps(document)).to_json()) == document


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', '{"version": 1, "targets": 3}'])
def test_what_is_no_results_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DocumentError):
        Results.read(path)
