"""The quick predicate says what jsonschema says, of results whole and damaged."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.evidence.schema import predicate
from tests.support.synthetic import synthetic_results

SCHEMA = json.loads(
    resources.files("lagg_tool.evidence").joinpath("results.schema.json").read_text("utf-8")
)
ACCEPTS = predicate(SCHEMA)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
WHOLE = synthetic_results().to_json()


def test_whole_results_are_accepted() -> None:
    assert ACCEPTS(json.loads(WHOLE))


@settings(max_examples=40)
@given(st.data())
def test_damaged_results_are_judged_as_jsonschema_judges_them(data: st.DataObject) -> None:
    document = json.loads(WHOLE)
    node = document
    while isinstance(node, dict | list) and node:
        parent = node
        choices = sorted(node) if isinstance(node, dict) else range(len(node))
        key = data.draw(st.sampled_from(choices))
        node = node[key]
        if data.draw(st.integers(0, 3)) == 0:
            break
    if data.draw(st.booleans()) and isinstance(parent, dict):
        del parent[key]
    else:
        parent[key] = data.draw(st.sampled_from([None, -1, 300, "x", "down", [], {}, True, 2.5]))

    assert ACCEPTS(document) == VALIDATOR.is_valid(document)


def test_a_keyword_that_is_not_known_is_an_error() -> None:
    with pytest.raises(KeyError):
        predicate({"type": "string", "format": "date"})
