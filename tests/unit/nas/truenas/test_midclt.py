"""midclt's answers, as hosts/midclt.py reads them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.command import Completed, Effect, read
from lagg_tool.errors import CommandError, UnreadableError
from lagg_tool.nas.truenas.midclt import call, errors, items_of, read_value, value_of, version_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="abc äß'\"$", min_size=1),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def completed(status: int, stdout: str = "", stderr: str = "") -> Completed:
    return Completed(read("midclt", "call", "interface.query"), status, stdout, stderr)


@given(VALUES)
def test_arguments_are_json_and_come_back_as_they_were(value: object) -> None:
    command = call("a.b", value, effect=Effect.READ)

    assert json.loads(command.argv[3]) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("True\n", True),
        ("False\n", False),
        ("null\n", None),
        ("59.9\n", 59.9),
        ("lagg0\n", "lagg0"),
    ],
)
def test_answers_are_python_or_json(text: str, value: object) -> None:
    assert read_value(text) == value


@given(st.text())
def test_any_answer_can_be_read(text: str) -> None:
    read_value(text)
    errors(text)


def test_errors_are_the_middlewares_own_words() -> None:
    said = "[EFAULT] no\nTraceback (most recent call last):\nCallError: [EFAULT] no\n"

    assert errors(said) == ["[EFAULT] no"]
    with pytest.raises(CommandError, match=r"interface\.query: exit status 1: \[EFAULT\] no"):
        value_of(completed(1, stderr=said))


def test_what_is_no_list_of_interfaces_is_not_taken_for_one() -> None:
    with pytest.raises(UnreadableError):
        items_of(completed(0, '[{"id": 7}]'))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("TrueNAS-13.3-RELEASE\n", (13, 3)),
        ("TrueNAS-12.0-U8.1 (abc)\n", (12, 0)),
        ("TrueNAS-SCALE-22.12\n", None),
        ("TrueNAS-11.3-U5\n", None),
        ("", None),
    ],
)
def test_truenas_core_is_known_by_its_version(text: str, version: object) -> None:
    assert version_of(text) == version
