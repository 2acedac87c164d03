"""ifconfig(8) of the simulated NAS: words in their order, errors, and what it prints."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.flags import IFF
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.programs.ifconfig.words import WORDS
from lagg_tool.simulator.release import FREEBSD_13_2, FREEBSD_15, Release


class Host:
    """A NAS, asked by ifconfig."""

    def __init__(self, release: Release = FREEBSD_13_2) -> None:
        self.nas = SimulatedNas(VirtualClock(), release)
        self.kernel = self.nas.kernel

    def run(self, line: str) -> tuple[int, str, str]:
        done = self.nas.run(line)
        return done.status, done.stdout.decode(), done.stderr.decode()

    def out(self, line: str) -> str:
        status, stdout, stderr = self.run(line)
        assert (status, stderr) == (0, "")
        return stdout


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.mark.parametrize(
    ("line", "stderr"),
    [
        ("ifconfig lagg0 inet 203.0.113.1/33", "203.0.113.1/33: bad value (width too large)"),
        ("ifconfig lagg0 vnet nosuch", 'jail "nosuch" not found'),
        ("ifconfig lagg0 vlan 5 vlandev vtnet1", "SIOCSETVLAN: Invalid argument"),
    ],
)
def test_errors_are_told_as_freebsd_tells_them(host: Host, line: str, stderr: str) -> None:
    host.out("ifconfig lagg0 create")

    assert host.run(line) == (1, "", f"ifconfig: {stderr}\n")


def test_a_name_that_is_news_is_printed(host: Host) -> None:
    names = [
        host.out(f"ifconfig {words}") for words in ("lagg create", "lagg0 name x", "epair create")
    ]

    assert names == ["lagg0\n", "x\n", "epair0a\n"]


def test_initialising_an_em_takes_its_time_and_its_link(host: Host) -> None:
    before = host.kernel.clock.now()

    host.out("ifconfig em0 up")

    assert host.kernel.clock.now() - before == pytest.approx(1.22, abs=0.01)
    host.kernel.clock.sleep(1)
    assert host.kernel.messages == [
        "em0: link state changed to DOWN",
        "em0: link state changed to UP",
    ]


def test_a_later_release_prints_other_flags_and_lines() -> None:
    later = Host(FREEBSD_15)

    later.out("ifconfig lagg0 create laggport vtnet1 up")

    assert later.out("ifconfig -v lagg0").splitlines()[:4] == [
        "lagg0: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500",
        "\toptions=880028<VLAN_MTU,JUMBO_MTU,LINKSTATE,HWSTATS>",
        "\tether 52:54:00:aa:00:01",
        "\thwaddr 00:00:00:00:00:00",
    ]
    assert later.kernel.host.get("vtnet1").flags & IFF.UP
    assert later.out("ifconfig lagg0 inet") == ""


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ifconfig -l ether", "vtnet0 vtnet1 vtnet2 vtnet3 vtnet4 em0 em1"),
        ("ifconfig -lu", "vtnet0 lo0"),
        ("ifconfig -l -d", "vtnet1 vtnet2 vtnet3 vtnet4 em0 em1"),
        ("ifconfig -lu inet6", "lo0"),
    ],
)
def test_names_are_listed_by_state_and_family(host: Host, line: str, names: str) -> None:
    assert host.out(line) == f"{names}\n"


@pytest.mark.parametrize("options", ["-la", "-lm", "-ud", "-a lagg0", "-a inet lagg0"])
def test_options_that_make_no_sense_are_answered_by_the_usage(host: Host, options: str) -> None:
    status, _, stderr = host.run(f"ifconfig {options}")

    assert status == 1
    assert "usage: ifconfig [-f type:format]" in stderr


def test_prefixes_are_shown_as_lengths_if_asked_so(host: Host) -> None:
    lines = host.out("ifconfig -f inet:cidr,inet6:cidr lo0").splitlines()

    assert [line.strip() for line in lines if "inet" in line] == [
        *("inet6 ::1/128", "inet6 fe80::1%lo0/64 scopeid 0x8", "inet 127.0.0.1/8")
    ]


def test_flags_and_the_metric_are_set(host: Host) -> None:
    host.out("ifconfig vtnet1 debug monitor link0 metric 3")

    first, *_ = host.out("ifconfig vtnet1 link").splitlines()

    assert first.startswith("vtnet1: flags=49826<BROADCAST,DEBUG,SIMPLEX,LINK0,MULTICAST,MONITOR>")
    assert first.endswith(" metric 3 mtu 1500")


_ARGUMENTS = st.sampled_from(
    [*WORDS, "lagg0", "vtnet1", "em0", "192.0.2.1/24", "2001:db8::1/64", "1500", "", "l2", "-x"]
)


@settings(max_examples=settings().max_examples // 3)  # a NAS is booted for each
@given(st.lists(_ARGUMENTS, max_size=6))
def test_any_words_give_an_exit_status(words: list[str]) -> None:
    host = Host()
    host.out("ifconfig lagg0 create")

    status, _, stderr = host.run(shlex.join(["ifconfig", "lagg0", *words]))

    assert status in (0, 1)
    assert bool(status) <= bool(stderr)
