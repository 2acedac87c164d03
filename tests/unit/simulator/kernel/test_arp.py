"""The ARP cache: resolution, its limits, and its life as a state machine."""

from __future__ import annotations

from ipaddress import IPv4Address
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.arp import (
    TRANSITIONS,
    ArpEvent,
    ArpState,
    ArpTable,
    bucket,
)
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.link import Link
from tests.support.network import FakeLink, timers_of

NEIGHBOUR = IPv4Address("192.0.2.9")
MAC = bytes.fromhex("021122334455")


class Cache:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.link = FakeLink("lagg0", 9)
        self.asked: list[float] = []
        self.log: list[str] = []
        self.sent: list[tuple[int, bytes]] = []
        self.table = ArpTable(timers_of(self.clock), self._ask, self.log.append)

    def _ask(self, link: Link, target: IPv4Address) -> None:
        assert (link, target) == (self.link, NEIGHBOUR)
        self.asked.append(self.clock.now())

    def send(self, number: int = 0) -> None:
        self.table.resolve(
            self.link, NEIGHBOUR, lambda mac: self.sent.append((number, mac)), gateway=False
        )


def test_the_state_machine_has_an_answer_to_every_event_in_every_state() -> None:
    pairs = {(state, event) for state, row in TRANSITIONS.items() for event in row}

    assert pairs == {(state, event) for state in ArpState for event in ArpEvent}


def test_packets_wait_for_the_answer_and_leave_in_their_order() -> None:
    cache = Cache()
    for number in range(3):
        cache.send(number)

    cache.table.learn(cache.link, NEIGHBOUR, MAC, create=False)

    assert cache.sent == [(0, MAC), (1, MAC), (2, MAC)]
    assert len(cache.asked) == 1


def test_the_queue_keeps_the_newest_packets() -> None:
    cache = Cache()
    for number in range(20):
        cache.send(number)

    cache.table.learn(cache.link, NEIGHBOUR, MAC, create=False)

    assert [number for number, _ in cache.sent] == list(range(4, 20))


def test_after_five_requests_a_second_apart_the_host_is_down() -> None:
    cache = Cache()
    for _ in range(5):
        cache.send()
        cache.clock.sleep(1)

    with pytest.raises(KernelError) as caught:
        cache.send()

    assert caught.value.errno is Errno.EHOSTDOWN
    assert [b - a for a, b in pairwise(cache.asked)] == [1.0] * 5


def test_an_unanswered_entry_goes_after_twenty_seconds() -> None:
    cache = Cache()
    cache.send()

    cache.clock.sleep(20.5)

    assert cache.table.find(cache.link, NEIGHBOUR) is None


def test_an_unused_neighbour_is_forgotten_and_a_used_one_verified_and_kept() -> None:
    unused, used = Cache(), Cache()
    for cache in (unused, used):
        cache.table.learn(cache.link, NEIGHBOUR, MAC, create=True)
    used.send()
    unused.clock.sleep(1196)
    used.clock.sleep(1196)

    used.table.learn(used.link, NEIGHBOUR, MAC, create=False)

    assert unused.table.find(unused.link, NEIGHBOUR) is None
    kept = used.table.find(used.link, NEIGHBOUR)
    assert kept is not None
    assert kept.state is ArpState.REACHABLE
    assert len(used.asked) >= 1


def test_a_static_entry_is_not_modified_and_the_kernel_says_so() -> None:
    cache = Cache()
    cache.table.set_static(cache.link, NEIGHBOUR, MAC)

    cache.table.learn(cache.link, NEIGHBOUR, b"\2\0\0\0\0\1", create=True)

    entry = cache.table.find(cache.link, NEIGHBOUR)
    assert entry is not None
    assert entry.mac == MAC
    assert cache.log == [
        "arp: 02:00:00:00:00:01 attempts to modify permanent entry for 192.0.2.9 on lagg0"
    ]


def test_a_neighbour_that_moves_is_followed_and_reported() -> None:
    cache = Cache()
    cache.table.learn(cache.link, NEIGHBOUR, MAC, create=True)

    cache.table.learn(cache.link, NEIGHBOUR, b"\2\0\0\0\0\1", create=True)

    cache.send()
    assert cache.sent == [(0, b"\2\0\0\0\0\1")]
    assert cache.log == [
        "arp: 192.0.2.9 moved from 02:11:22:33:44:55 to 02:00:00:00:00:01 on lagg0"
    ]


def test_ones_own_address_cannot_be_deleted_or_set() -> None:
    cache = Cache()
    cache.table.set_own(cache.link, NEIGHBOUR, MAC)

    with pytest.raises(KernelError, match="not permitted"):
        cache.table.delete(cache.link, NEIGHBOUR)
    with pytest.raises(KernelError, match="not permitted"):
        cache.table.set_static(cache.link, NEIGHBOUR, MAC)


@given(st.sets(st.integers(1, 254), max_size=12))
def test_a_listing_goes_by_hash_bucket(hosts: set[int]) -> None:
    cache = Cache()
    for host in hosts:
        cache.table.set_static(cache.link, IPv4Address(f"192.0.2.{host}"), MAC)

    listed = [bucket(entry.address) for entry in cache.table.entries([cache.link])]

    assert listed == sorted(listed)
    assert len(listed) == len(hosts)
