"""What is undone after a scenario, and what is said of it, on whole hosts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed, script
from lagg_tool.errors import UnreadableError
from lagg_tool.evidence import Provenance, TargetResult
from lagg_tool.nas.freebsd.restoring import Snapshot
from lagg_tool.nas.truenas.restoring import COMMIT, LOOKS, Rows
from lagg_tool.ssh.connection import Connection
from lagg_tool.suite import restoring
from lagg_tool.suite.kinds import FREEBSD, LINUX
from lagg_tool.suite.restoring import Made, Restored
from lagg_tool.target import Target, open_target

PORT = """vtnet1: flags=8822<BROADCAST,SIMPLEX,MULTICAST> metric 0 mtu {}
\tether 52:54:00:aa:00:01
"""
SYSTEMS = {"freebsd": "FreeBSD 14.1-RELEASE", "linux": "Linux 6.12.0", "truenas": "FreeBSD 13.3"}


@pytest.fixture(name="nas")
def simulated() -> Iterator[Target]:
    with open_target("sim:") as target:
        yield target


class Host:
    """Answers with a status and an output, by the command's text; it refuses all others."""

    def __init__(self, answers: Mapping[str, tuple[int, str]], stderr: str = "") -> None:
        self.answers = dict(answers)
        self._stderr = stderr
        self.asked: list[str] = []

    def run_batch(self, commands: Sequence[Command], _: float = 60.0) -> list[Completed]:
        self.asked += [each.text for each in commands]
        found = [(each, self.answers.get(each.text, (1, ""))) for each in commands]
        return [Completed(each, status, out, self._stderr) for each, (status, out) in found]

    def close(self) -> None:
        pass


def target_of(host: Host, system: str, *ports: str) -> Target:
    connection = cast("Connection", host)
    nas = Target(lambda: connection, VirtualClock(), ports)
    facts = {"system": SYSTEMS[system]} | ({"truenas": "13.3"} if system == "truenas" else {})
    nas.describe(
        TargetResult("nas", "ssh://root@nas", Provenance.OBSERVED, system, system, "", facts)
    )
    return nas


def freebsd_host(mtu: int = 1500, rc_conf: tuple[int, str] = (0, ""), more: str = "") -> Host:
    looks = (PORT.format(mtu) + more, "", "", rc_conf[1])
    statuses = (0, 1, 1, rc_conf[0])
    texts = (look.text for look in FREEBSD.looks)
    return Host(dict(zip(texts, zip(statuses, looks, strict=True), strict=True)))


def test_every_command_that_changed_the_nas_is_told_and_no_other(nas: Target) -> None:
    before = restoring.take(nas)
    nas.run(script("ifconfig lagg0 create; ifconfig vtnet1 mtu 1400"))

    done = restoring.restore(nas, before, Made.of({"lagg0"}, nas.ports))

    assert done == Restored(("ifconfig lagg0 destroy", "ifconfig vtnet1 mtu 1500"))
    assert restoring.take(nas) == before
    assert restoring.restore(nas, before, Made.of({"lagg0"}, nas.ports)) == Restored()


def test_an_aggregate_that_was_there_before_is_not_destroyed(nas: Target) -> None:
    nas.run(script("ifconfig lagg0 create"))
    before = restoring.take(nas)

    assert restoring.restore(nas, before, Made.of({"lagg0"}, nas.ports)) == Restored()

    assert "lagg0" in restoring.take(nas).names


def test_what_others_have_made_meanwhile_stays_and_is_told() -> None:
    before = restoring.take(target_of(freebsd_host(), "freebsd", "vtnet1"))
    host = freebsd_host(more="lagg7: flags=8802<BROADCAST> metric 0 mtu 1500\n")

    done = restoring.restore(target_of(host, "freebsd", "vtnet1"), before, Made.of((), ["vtnet1"]))

    assert not done.done
    assert ["lagg7" in line for line in done.foreign] == [True]
    assert not [text for text in host.asked if "lagg7" in text]


def test_the_cables_are_as_they_were(nas: Target) -> None:
    before = restoring.take(nas)
    assert nas.testbed is not None
    nas.testbed.plug_switch()
    for port in nas.testbed.ports:
        nas.testbed.set_link(port, up=False)

    restoring.restore(nas, before, Made.of((), nas.ports))

    assert nas.testbed.switch is None
    assert all(nas.testbed.links.values())


def test_cables_without_a_switch_for_their_carrier_are_left_alone(nas: Target) -> None:
    assert nas.testbed is not None
    nas.testbed.capabilities = frozenset()

    restoring.restore_cables(nas)

    assert all(nas.testbed.links.values())


def test_what_cannot_be_undone_is_told_as_commands() -> None:
    nas = target_of(freebsd_host(), "freebsd", "vtnet1")
    before = restoring.take(nas)
    host = freebsd_host(mtu=1400)

    with pytest.raises(AssertionError) as caught:
        restoring.restore(target_of(host, "freebsd", "vtnet1"), before, Made.of((), ["vtnet1"]))

    assert str(caught.value) == "cannot be undone: ifconfig vtnet1 mtu 1500"
    assert "ifconfig vtnet1 mtu 1500" in host.asked


@pytest.mark.parametrize(
    ("rc_conf", "text"), [((0, ""), ""), ((0, 'a="1"\n'), 'a="1"\n'), ((1, ""), None)]
)
def test_no_rc_conf_is_something_else_than_an_empty_one(
    rc_conf: tuple[int, str], text: str | None
) -> None:
    found = restoring.take(target_of(freebsd_host(rc_conf=rc_conf), "freebsd", "vtnet1"))

    assert isinstance(found, Snapshot)
    assert found.rc_conf == text


def test_a_linux_host_is_put_back_in_its_own_words() -> None:
    links = json.dumps([{"ifname": "eth1", "flags": ["UP"], "mtu": 1500}])
    host = Host({look.text: (0, "") for look in LINUX.looks} | {LINUX.looks[0].text: (0, links)})
    nas = target_of(host, "linux", "eth1")

    before = restoring.take(nas)
    host.asked.clear()
    done = restoring.restore(nas, before, Made.of({"bond0"}, ["eth1"]))

    assert done == Restored(), "what was refused has changed nothing"
    assert host.asked[0] == "ip link delete dev bond0"
    by_hand = [command.text for command in restoring.manual_restore_commands(nas, before)]
    assert by_hand
    assert all(text.startswith(("ip ", "for ", "sysctl ")) for text in by_hand)


@pytest.mark.parametrize("system", ["freebsd", "linux"])
def test_a_nas_without_a_middleware_has_no_rows(system: str) -> None:
    nas = target_of(Host({}), system)

    assert restoring.take_rows(nas) is None
    assert restoring.restore_rows(nas, None, Made.of((), ())) == Restored()


def truenas_host() -> Host:
    said = ("[]", "false", "null")
    return Host({look.text: (0, text) for look, text in zip(LOOKS, said, strict=True)})


def test_the_rows_of_a_middleware_are_taken_and_put_back_by_its_own_calls() -> None:
    host = truenas_host()
    nas = target_of(host, "truenas")

    assert restoring.take_rows(nas) == Rows({}, pending=False)
    host.asked.clear()
    assert restoring.restore_rows(nas, Rows({}, pending=False), Made.of((), ())) == Restored()
    assert host.asked == [look.text for look in LOOKS]
    assert restoring.restore_rows(nas, None, Made.of((), ())) == Restored()
    assert len(host.asked) == len(LOOKS), "nothing is known of how they were"


def test_by_hand_the_rows_of_a_middleware_come_first() -> None:
    before = restoring.take(target_of(freebsd_host(), "freebsd", "vtnet1"))
    nas, rows = target_of(truenas_host(), "truenas", "vtnet1"), Rows({}, pending=False)

    plain = restoring.manual_restore_commands(nas, before)
    full = restoring.manual_restore_commands(nas, before, rows)

    assert "ifconfig vtnet1 mtu 1500" in [command.text for command in plain]
    assert [command.text for command in full[:3]] == [
        "midclt call interface.rollback",
        "midclt call interface.delete '\"lagg0\"'",
        COMMIT.text,
    ]
    assert full[3:] == plain


@pytest.mark.parametrize(
    ("stderr", "words"), [("no memory\n", "no memory"), ("", "no answer")], ids=["words", "none"]
)
def test_a_list_of_interfaces_that_fails_is_an_error_and_not_an_empty_one(
    stderr: str, words: str
) -> None:
    listed, *others = LINUX.looks
    host = Host({look.text: (0, "[]") for look in others}, stderr)

    with pytest.raises(UnreadableError) as caught:
        restoring.take(target_of(host, "linux", "eth1"))

    assert str(caught.value) == f"{listed.text}: {words}"
