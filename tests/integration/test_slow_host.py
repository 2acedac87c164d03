"""A host that takes its time: few processes, few round trips, and no revert of the tool's own."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.errors import UsageError
from lagg_tool.lagg import parse_specs
from lagg_tool.nas.contract import Request
from lagg_tool.nas.freebsd.observation import RC_VALUES, read_rc_conf
from lagg_tool.nas.states import ChangeState
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.target import TargetOptions, open_target
from tests.support.slow_host import Cost, apply, counted, slow_host

(SPEC,) = parse_specs(
    'name = "lagg0"\nprotocol = "lacp"\nports = ["vtnet1", "vtnet2"]\n'
    'addresses = ["192.0.2.1/24"]\n',
    "lagg0.toml",
)
CREATION, REMOVAL = Request("lagg0", SPEC), Request("lagg0")

# What a creation and a removal may take there. Before each question was asked only once, they
# took 25 s, 207 processes and 16 round trips on FreeBSD, 51 s, 116 and 10 on TrueNAS.
BUDGETS = {
    "": Cost(8.7, 112, 5),
    "&os=freebsd-15": Cost(8.7, 117, 5),
    "&os=truenas-13.3": Cost(16.8, 58, 8),
}


@pytest.mark.parametrize("host", BUDGETS)
def test_a_change_takes_few_processes_and_few_round_trips(host: str) -> None:
    budget = BUDGETS[host]
    with slow_host(host) as target:
        for request in (CREATION, REMOVAL):
            with counted(target) as cost:
                assert apply(target, request).state is ChangeState.CONFIRMED

            assert cost.seconds <= budget.seconds
            assert cost.processes <= budget.processes
            assert cost.round_trips <= budget.round_trips


@pytest.mark.parametrize("host", BUDGETS)
def test_twenty_seconds_are_enough_on_a_slow_host(host: str) -> None:
    with slow_host(host) as target:
        for _ in range(2):
            assert apply(target, CREATION, within=20).state is ChangeState.CONFIRMED
            assert apply(target, REMOVAL, within=20).state is ChangeState.CONFIRMED


@pytest.mark.parametrize("host", BUDGETS)
@pytest.mark.parametrize("request_", [CREATION, REMOVAL])
@pytest.mark.parametrize("within", range(5, 25, 2))
def test_a_time_that_is_too_short_is_refused_before_anything_is_touched(
    host: str, request_: Request, within: int
) -> None:
    with slow_host(host) as target:
        if request_ is REMOVAL:
            apply(target, CREATION)
        before = target.simulated.run("ifconfig -a; cat /etc/rc.conf").stdout
        with contextlib.ExitStack() as refused:
            error = refused.enter_context(pytest.raises(UsageError, match="is too short"))
            outcome = apply(target, request_, within=within)
            refused.pop_all()  # it is long enough, then: no revert but for the network
            assert outcome.state is ChangeState.CONFIRMED
            return

        assert error.value.exit_status == 2
        assert "nothing was touched" in str(error.value)
        assert target.simulated.run("ifconfig -a; cat /etc/rc.conf").stdout == before


def test_the_time_that_the_refusal_names_is_enough() -> None:
    with slow_host() as target:
        with pytest.raises(UsageError, match=r"write --confirm-within \d+s") as refused:
            apply(target, CREATION, within=5)
        seconds = int(str(refused.value).partition("write --confirm-within ")[2].partition("s")[0])

        assert apply(target, CREATION, within=seconds).state is ChangeState.CONFIRMED


def test_a_fast_host_takes_the_shortest_time() -> None:
    with open_target("sim:") as target:
        assert apply(target, CREATION, within=5).state is ChangeState.CONFIRMED


def test_an_unknown_pace_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="pace is one of usual, emulated, not 'warp'"):
        open_target("sim:?pace=warp", TargetOptions())


values = st.text("ab c/.:-_$\"'\\`#=;~\t|&", max_size=12)
LINES = st.one_of(
    st.builds('{}="{}"'.format, st.sampled_from(["ifconfig_em0", "hostname", "x", "PATH"]), values),
    st.builds("{}='{}'".format, st.sampled_from(["ifconfig_em0", "defaultrouter"]), values),
    st.builds("{}={}".format, st.sampled_from(["ifconfig_em1", "cloned_interfaces"]), values),
    st.builds('  a_{}="b"  # {}'.format, st.sampled_from("xyz"), values),
    st.builds("# {}".format, values),
    st.sampled_from(["", "if true; then", "fi", "export q=1", 'y="$x z"', ". /etc/other"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=5), st.booleans())
def test_rc_conf_is_read_without_sysrc_as_sysrc_reads_it(lines: list[str], ends: bool) -> None:
    nas = SimulatedNas(VirtualClock())
    nas.filesystem.write_text("/etc/rc.conf", "\n".join(lines) + ("\n" if ends else ""))

    read, said = nas.run(RC_VALUES.text), nas.run("sysrc -a")

    assert read_rc_conf(read.stdout.decode()) == read_rc_conf(said.stdout.decode())
    assert (read.status, bool(read.stderr)) == (said.status, bool(said.stderr))
