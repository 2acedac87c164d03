from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.outside.monitor import Monitor

NEGOTIATE = b'{"execute": "qmp_capabilities"}'
NAS = SimulatedNas(VirtualClock())


def ask(monitor: Monitor, **request: Any) -> dict[str, Any]:
    return monitor.answer(json.dumps(request).encode())


def negotiated(nas: SimulatedNas = NAS) -> Monitor:
    monitor = Monitor(nas, lambda: None)
    assert monitor.answer(NEGOTIATE) == {"return": {}}
    return monitor


def test_a_link_is_switched_by_its_name() -> None:
    nas = SimulatedNas(VirtualClock())
    monitor = negotiated(nas)

    down = ask(monitor, execute="set_link", arguments={"name": "n2", "up": False}, id=7)

    assert down == {"return": {}, "id": 7}
    assert [port for port, nic in nas.kernel.nics.items() if not nic.carrier] == [2]


def test_nothing_is_done_before_capabilities_are_negotiated() -> None:
    monitor = Monitor(NAS, lambda: None)

    refused = ask(monitor, execute="query-status")

    assert refused["error"]["class"] == "CommandNotFound"
    assert "Expecting capabilities negotiation" in refused["error"]["desc"]


@pytest.mark.parametrize(
    ("request_", "kind", "description"),
    [
        ({"execute": "eject"}, "CommandNotFound", "The command eject has not been found"),
        ({"execute": "set_link"}, "GenericError", "Parameter 'name' is missing"),
        (
            {"execute": "set_link", "arguments": {"name": "n1"}},
            "GenericError",
            "Parameter 'up' is missing",
        ),
        (
            {"execute": "set_link", "arguments": {"name": "n1", "up": "yes"}},
            "GenericError",
            "Invalid parameter type for 'up', expected: boolean",
        ),
        (
            {"execute": "set_link", "arguments": {"name": "n7", "up": True}},
            "DeviceNotFound",
            "Device 'n7' not found",
        ),
        (
            {"execute": "set_link", "arguments": {"name": "n1", "up": True, "x": 1}},
            "GenericError",
            "Parameter 'x' is unexpected",
        ),
        ({"arguments": {}}, "GenericError", "QMP input lacks member 'execute'"),
        ({"execute": "quit", "x": 1}, "GenericError", "QMP input member 'x' is unexpected"),
    ],
)
def test_errors_have_the_words_of_qemu(
    request_: dict[str, Any], kind: str, description: str
) -> None:
    answer = negotiated().answer(json.dumps(request_).encode())

    assert answer["error"] == {"class": kind, "desc": description}


def test_quit_is_answered_and_passed_on() -> None:
    quits: list[bool] = []
    monitor = Monitor(NAS, lambda: quits.append(True))
    monitor.answer(NEGOTIATE)

    assert ask(monitor, execute="quit") == {"return": {}}
    assert quits == [True]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_line_gets_a_reply(line: bytes) -> None:
    answer = negotiated().answer(line)

    assert ("error" in answer) or ("return" in answer)
    json.dumps(answer)
