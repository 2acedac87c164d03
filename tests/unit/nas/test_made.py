"""What a run of the suite may have made on a NAS, by the steps of its scenarios."""

import pytest

from lagg_tool.nas.made import Made, Restored, names_in


@pytest.fixture
def made() -> Made:
    return Made.of({"lagg0", "epair"}, ("em1", "em2"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("the NAS has a LAGG lagg1 with ports 1 and 2", {"lagg1"}),
        ("the NAS runs `ifconfig tap create`", {"tap"}),
        ("a bond bond1 with the VLAN bond1.7", {"bond1", "bond1.7"}),
        ("`ip link add name mine type veth`", {"name", "mine"}),
        ("a virtual cable from the NAS to itself", {"epair"}),
        ("a LAGG is made", set()),
        ("flagg0 laggs0", set()),
    ],
)
def test_the_interfaces_that_a_step_names_may_be_made_by_it(text: str, names: set[str]) -> None:
    assert names_in([text]) == names


@pytest.mark.parametrize(
    ("name", "parent", "own"),
    [
        ("lagg0", "", True),
        ("epair0a", "", True),  # its kind is named
        ("lagg1", "", False),
        ("vlan7", "em1", True),
        ("vlan7", "lagg0", True),
        ("vlan7", "em5", False),
    ],
)
def test_an_interface_is_the_runs_by_its_name_or_by_what_it_is_on(
    made: Made, name: str, parent: str, *, own: bool
) -> None:
    assert made.has_interface(name, parent) is own


@pytest.mark.parametrize(
    ("variable", "own"),
    [
        ("ifconfig_lagg0", True),
        ("ifconfig_em1_ipv6", True),
        ("ifconfig_em5", False),
        ("ifconfig_lagg01", False),
    ],
)
def test_a_variable_is_the_runs_by_the_interface_in_its_name(
    made: Made, variable: str, *, own: bool
) -> None:
    assert made.has_variable(variable) is own


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("192.0.2.9", True),
        ("198.51.100.7", True),
        ("203.0.113.1", True),
        ("10.0.2.2", False),
        ("192.0.3.9", False),
    ],
)
def test_a_neighbour_is_the_runs_if_only_tests_use_its_address(
    made: Made, address: str, *, own: bool
) -> None:
    assert made.has_neighbour(address) is own


def test_what_was_restored_is_told_and_nothing_is_no_line() -> None:
    restored = Restored(("ifconfig lagg0 destroy",)) + Restored((), ("lagg5", "rc.conf"))

    assert restored.lines == [
        "taken away or set back: ifconfig lagg0 destroy",
        "not of this run, left: lagg5; rc.conf",
    ]
    assert Restored().lines == []
