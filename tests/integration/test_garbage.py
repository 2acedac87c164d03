"""Garbage on the NAS's ports: whatever arrives, the NAS goes on.

The usual run throws a few thousand frames, the slow one a million
(``pytest -m slow tests/integration/test_garbage.py``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.flags import IFF
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.wire import slow
from lagg_tool.wire.ethernet import BROADCAST, EtherType, mac
from lagg_tool.wire.slow import Info, Lacpdu, State

NAS, HOST = mac("52:54:00:aa:00:01"), mac("02:00:00:00:00:01")
PORTS = (1, 2, 3, 4, 5, 6)
TYPES = (*(int(one) for one in EtherType), 0x88B5, 0x0005)
PDU = Lacpdu(Info(0x8000, HOST, 7, 0x8000, 1, State(0x3D)), slow.NOBODY).encode(HOST)


def garbage(rng: random.Random) -> bytes:
    """Return a frame that is wrong in one way: noise, cut, stretched, flipped, oversized."""
    match rng.randrange(6):
        case 0:
            return rng.randbytes(rng.randrange(200))
        case 1:
            to = rng.choice((NAS, BROADCAST, slow.GROUP, mac("33:33:00:00:00:01")))
            kind = rng.choice(TYPES).to_bytes(2, "big")
            return to + HOST + kind + rng.randbytes(rng.randrange(120))
        case 2:
            return PDU[: rng.randrange(len(PDU))]
        case 3:
            flipped = bytearray(PDU)
            flipped[rng.randrange(len(PDU))] ^= 1 << rng.randrange(8)
            return bytes(flipped)
        case 4:
            version = rng.choice((b"\x45", b"\x4f", b"\x60", b"\x46"))
            kind = b"\x86\xdd" if version == b"\x60" else b"\x08\x00"
            return NAS + HOST + kind + version + rng.randbytes(rng.randrange(100))
        case _:
            return NAS + HOST + b"\x08\x00" + bytes(rng.randrange(1500, 20_000))


@pytest.fixture(params=["lacp", "failover", "roundrobin"])
def lagg(request: pytest.FixtureRequest) -> Iterator[tuple[SimulatedNas, Lagg]]:
    clock = VirtualClock()
    nas = SimulatedNas(clock)
    with clock.lock:
        stack = nas.kernel.host
        lagg = nas.kernel.cloners.create(stack, "lagg")
        assert isinstance(lagg, Lagg)
        lagg.set_protocol(request.param)
        for name in ("vtnet1", "vtnet2", "em0"):
            interface = stack.get(name)
            interface.set_flags(interface.flags | IFF.UP)
            lagg.add_port(name)
        other = stack.get("vtnet3")
        other.set_flags(other.flags | IFF.UP)
        lagg.set_flags(lagg.flags | IFF.UP)
    yield nas, lagg
    with clock.lock:
        nas.kernel.halt()


def throw(nas: SimulatedNas, count: int, seed: int) -> None:
    rng = random.Random(seed)
    for number in range(count):
        nas.receive(rng.choice(PORTS), garbage(rng))
        if number % 100 == 0:
            nas.clock.sleep(1)


def still_works(nas: SimulatedNas, lagg: Lagg) -> bool:
    """Whether the lagg still follows its ports' carriers."""
    before = lagg.media_status().carrier
    for port in (1, 2, 5):
        nas.set_link(port, False)
    without = lagg.media_status().carrier
    for port in (1, 2, 5):
        nas.set_link(port, True)
    nas.clock.sleep(3)
    return before and not without and lagg.media_status().carrier


@pytest.mark.parametrize("count", [3000, pytest.param(1_000_000 // 3, marks=pytest.mark.slow)])
def test_wrong_frames_do_not_stop_the_nas(lagg: tuple[SimulatedNas, Lagg], count: int) -> None:
    throw(lagg[0], count, seed=1)

    assert still_works(*lagg)
