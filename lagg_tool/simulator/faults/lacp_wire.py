"""Faults of LACP on the wire: what a LACPDU says, when it leaves, how long silence may last."""

from __future__ import annotations

from typing import Any

from lagg_tool.simulator.faults.fault import Fault, part, table
from lagg_tool.simulator.faults.lacp import on
from lagg_tool.simulator.kernel.lacp import receive, transmit
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lacp.model import (
    AnyMachine,
    Effect,
    PeriodicState,
    Port,
    ReceiveState,
    System,
    Timer,
    TransmitState,
)
from lagg_tool.simulator.kernel.lacp.periodic import PeriodicEvent
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lacp.receive import ReceiveEvent
from lagg_tool.simulator.kernel.lacp.transmit import TransmitEvent
from lagg_tool.simulator.kernel.lagg_port import LaggPort
from lagg_tool.wire import slow
from lagg_tool.wire.slow import Lacpdu, State

_HEARING = (ReceiveState.EXPIRED, ReceiveState.DEFAULTED, ReceiveState.CURRENT)
_AT_REST = (PeriodicState.NO_PERIODIC, PeriodicState.PERIODIC_TX)
_SUBTYPE = 14  # byte of a slow protocols frame


# -- what a LACPDU says


class _FromTheLagg(LacpInstance):
    def add_port(self, number: int, **rest: Any) -> list[Effect]:
        return super().add_port(number, **{**rest, "source": rest["system"]})


class _FromThePort(LacpInstance):
    def add_port(self, number: int, **rest: Any) -> list[Effect]:
        return super().add_port(number, **{**rest, "system": rest["source"]})


class _KeyWithoutLagg(LacpInstance):
    def __init__(self, lagg_index: int, **rest: Any) -> None:
        del lagg_index
        super().__init__(0, **rest)


class _TakesShort(LacpInstance):
    def receive(self, number: int, frame: bytes, now: float) -> list[Effect]:
        return super().receive(number, frame[:124].ljust(124, b"\0"), now)


class _HearsItself(LacpInstance):
    def receive(self, number: int, frame: bytes, now: float) -> list[Effect]:
        pdu, port = Lacpdu.parse(frame), self.port(number)
        if pdu is not None and pdu.actor[:2] == port.actor[:2]:
            receive.step(self.system, port, ReceiveEvent.PDU, pdu)
        return super().receive(number, frame, now)


class _TakesOtherSubtypes(Lacp):
    def input(self, port: LaggPort, frame: bytes) -> bool:
        if slow.subtype(frame) is not None or frame[12:14] == b"\x88\x09":
            frame = frame[:_SUBTYPE] + b"\1" + frame[_SUBTYPE + 1 :]
        return super().input(port, frame)


class _AlwaysStrict(LacpInstance):
    def __init__(self, lagg_index: int, **rest: Any) -> None:
        super().__init__(lagg_index, **{**rest, "strict": True})


def _believe_sync(system: System, port: Port, pdu: Lacpdu) -> None:
    receive.take_pdu(system, port, pdu)
    if State.SYNC not in pdu.actor.state:
        port.partner = port.partner._replace(state=port.partner.state & ~State.SYNC)


def _ignore_change(system: System, port: Port, pdu: Lacpdu) -> None:
    selected = port.selected
    receive.take_pdu(system, port, pdu)
    port.selected = selected


# -- when one leaves


def _every_forty(_system: System, port: Port) -> None:
    port.timers[Timer.PERIODIC] = 40


def _every_two(_system: System, port: Port) -> None:
    port.timers[Timer.PERIODIC] = 2


def _without_limit(known: AnyMachine) -> AnyMachine:
    waiting, idle = TransmitState.NEED_TO_TRANSMIT, TransmitState.IDLE
    action = transmit.send_lacpdu
    return known.altered(waiting, TransmitEvent.TOO_MANY, target=idle, action=action)


class _TellsAtOnce(LacpInstance):
    def set_fast_timeout(self, *, fast: bool) -> None:
        super().set_fast_timeout(fast=fast)
        for port in self.system.ports:
            transmit.assert_ntt(self.system, port)


class _TicksOn(Lacp):
    def stop(self) -> None:
        """Forget to stop the timers."""


class _SaysGoodbye(Lacp):
    def stop(self) -> None:
        super().stop()
        for port in self.lagg.ports:
            _send_last(self, port)


class _SaysGoodbyeOnRemoval(Lacp):
    def remove_port(self, port: LaggPort) -> None:
        _send_last(self, port)
        super().remove_port(port)


def _send_last(lacp: Lacp, port: LaggPort) -> None:
    actor, partner = lacp.peers(port)
    port.interface.transmit(Lacpdu(actor, partner).encode(port.lladdr))


# -- how long silence may last


def _ten_longer(system: System, port: Port, pdu: Lacpdu) -> None:
    receive.take_pdu(system, port, pdu)
    port.timers[Timer.CURRENT_WHILE] += 10


def _expire_slowly(system: System, port: Port) -> None:
    receive.set_expired(system, port)
    port.timers[Timer.CURRENT_WHILE] = 13


def _skip_expired(known: AnyMachine) -> AnyMachine:
    return known.altered(
        ReceiveState.CURRENT,
        ReceiveEvent.EXPIRY,
        target=ReceiveState.DEFAULTED,
        action=receive.forget_partner,
    )


FAULTS = (
    Fault(
        "lacp-from-the-lagg",
        "lacp.L-02",
        "LACPDUs leave from the MAC address of the LAGG",
        part(_FromTheLagg),
    ),
    Fault(
        "lacp-system-of-the-port",
        "lacp.L-02",
        "each port announces a system of its own",
        part(_FromThePort),
    ),
    Fault(
        "lacp-key-without-lagg",
        "lacp.L-03",
        "the key leaves out which LAGG a port belongs to",
        part(_KeyWithoutLagg),
    ),
    Fault(
        "lacp-every-forty-seconds",
        "lacp.L-05",
        "slow LACPDUs leave every forty seconds",
        table("periodic", on(PeriodicEvent.LONG, _AT_REST, _every_forty)),
    ),
    Fault(
        "lacp-every-other-second",
        "lacp.L-06",
        "fast LACPDUs leave every two seconds",
        table("periodic", on(PeriodicEvent.SHORT, _AT_REST, _every_two)),
    ),
    Fault(
        "lacp-ignores-changes",
        "lacp.L-08",
        "a port stays in its group when its partner is another one",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _ignore_change)),
    ),
    Fault(
        "lacp-hears-itself",
        "lacp.L-13",
        "the NAS takes its own LACPDUs for a partner's",
        part(_HearsItself),
    ),
    Fault(
        "lacp-timeout-ten-longer",
        "lacp.L-14",
        "a silent partner is given up ten seconds too late",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _ten_longer)),
    ),
    Fault(
        "lacp-skips-expired",
        "lacp.L-14",
        "a silent partner is gone without having been EXPIRED",
        table("receive", _skip_expired),
    ),
    Fault(
        "lacp-stays-expired",
        "lacp.L-14",
        "a port is EXPIRED for thirteen seconds instead of three",
        table(
            "receive",
            on(ReceiveEvent.EXPIRY, (ReceiveState.CURRENT, ReceiveState.DEFAULTED), _expire_slowly),
        ),
    ),
    Fault(
        "lacp-floods",
        "lacp.L-19",
        "LACPDUs are not limited to three a second",
        table("transmit", _without_limit),
    ),
    Fault(
        "lacp-believes-sync",
        "lacp.L-20",
        "strict LACP waits for the partner's SYNC bit, as the standard has it",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _believe_sync)),
    ),
    Fault(
        "lacp-is-always-strict",
        "lacp.L-23",
        "the sysctl default_strict_mode has no effect",
        part(_AlwaysStrict),
    ),
    Fault(
        "lacp-ticks-on",
        "lacp.L-24",
        "a LAGG that was taken down goes on sending LACPDUs",
        part(_TicksOn),
    ),
    Fault(
        "lacp-says-goodbye",
        "lacp.L-24",
        "a LAGG that is taken down sends a last LACPDU",
        part(_SaysGoodbye),
    ),
    Fault(
        "lacp-port-says-goodbye",
        "lacp.L-25",
        "a port that leaves sends a last LACPDU",
        part(_SaysGoodbyeOnRemoval),
    ),
    Fault(
        "lacp-tells-timeout-at-once",
        "lacp.L-26",
        "lacp_fast_timeout is announced at once",
        part(_TellsAtOnce),
    ),
    Fault(
        "lacp-takes-short-pdus",
        "lacp.L-28",
        "LACPDUs of a wrong length are taken",
        part(_TakesShort),
    ),
    Fault(
        "lacp-takes-other-subtypes",
        "lacp.L-29",
        "other slow protocols are taken for LACP",
        part(_TakesOtherSubtypes),
    ),
)
