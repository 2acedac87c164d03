"""Faults of the programs: what they print, how they read arguments and exit."""

from __future__ import annotations

import re

from lagg_tool.simulator.faults.fault import Fault, program

_IFCONFIG, _PING = "/sbin/ifconfig", "/sbin/ping"


def _without(pattern: str) -> re.Pattern[str]:
    """Return a pattern of a whole line that begins so."""
    return re.compile(rf"^\s*{pattern}.*\n", re.MULTILINE)


def _cut_after_port(words: tuple[str, ...]) -> tuple[str, ...]:
    """Drop all but the first port of several."""
    if words.count("laggport") < 2:
        return words
    second = words.index("laggport", words.index("laggport") + 1)
    return words[:second] + words[second + 2 :]


def _ascii(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.encode("ascii", "ignore").decode() for word in words)


def _every_port_active(text: str) -> str:
    return re.sub(r"(laggport: \S+ flags=)0<>", r"\g<1>4<ACTIVE>", text)


def _failover_always(words: tuple[str, ...]) -> tuple[str, ...]:
    """Take an unknown protocol for failover."""
    known = {"failover", "lacp", "loadbalance", "roundrobin", "broadcast", "none"}
    fixed = list(words)
    for at, word in enumerate(words[:-1]):
        if word == "laggproto" and words[at + 1] not in known:
            fixed[at + 1] = "failover"
    return tuple(fixed)


def _known_layers(words: tuple[str, ...]) -> tuple[str, ...]:
    """Take an unknown layer for the second."""
    fixed = list(words)
    for at, word in enumerate(words[:-1]):
        if word == "lagghash" and "l5" in words[at + 1]:
            fixed[at + 1] = "l2"
    return tuple(fixed)


def _no_assignment(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.split("=")[0] for word in words)


FAULTS = (
    Fault(
        "ifconfig-hides-description",
        "C-11",
        "ifconfig does not print the description",
        program(_IFCONFIG, out=lambda text: _without("description:").sub("", text)),
    ),
    Fault(
        "ifconfig-cuts-letters",
        "C-11",
        "ifconfig drops all letters but those of ASCII",
        program(_IFCONFIG, arguments=_ascii),
    ),
    Fault(
        "ifconfig-adds-one-port",
        "C-30",
        "ifconfig adds the first of several ports only",
        program(_IFCONFIG, arguments=_cut_after_port),
    ),
    Fault(
        "ifconfig-hides-master",
        "C-18",
        "ifconfig does not know the flag MASTER any more",
        program(
            _IFCONFIG, out=lambda text: text.replace("<MASTER,", "<").replace("<MASTER>", "<>")
        ),
    ),
    Fault(
        "ifconfig-calls-all-active",
        "C-17",
        "ifconfig prints ACTIVE for ports without flags",
        program(_IFCONFIG, out=_every_port_active),
    ),
    Fault(
        "ifconfig-exits-0",
        "C-09",
        "ifconfig exits with 0 after an error",
        program(_IFCONFIG, status=lambda _: 0),
    ),
    Fault(
        "ifconfig-is-silent",
        "C-09",
        "ifconfig does not say why it refuses",
        program(_IFCONFIG, err=lambda _: ""),
    ),
    Fault(
        "ifconfig-takes-any-protocol",
        "C-12",
        "ifconfig takes a protocol that it does not know for failover",
        program(_IFCONFIG, arguments=_failover_always),
    ),
    Fault(
        "ifconfig-takes-any-layer",
        "O-08",
        "ifconfig takes a layer that it does not know for the second",
        program(_IFCONFIG, arguments=_known_layers),
    ),
    Fault(
        "ifconfig-says-24",
        "O-10",
        "ifconfig prints the netmask of 24 bits for every address",
        program(
            _IFCONFIG, out=lambda text: re.sub(r"netmask 0x[0-9a-f]{8}", "netmask 0xffffff00", text)
        ),
    ),
    Fault(
        "ifconfig-counts-no-ports",
        "C-15",
        "ifconfig -v prints 0 active ports",
        program(_IFCONFIG, out=lambda text: re.sub(r"active ports: \d+", "active ports: 0", text)),
    ),
    Fault(
        "ifconfig-knows-no-groups",
        "C-06",
        "ifconfig -g finds nobody",
        program(
            _IFCONFIG,
            arguments=lambda words: (*words[:1], "-g", "none") if words[1:2] == ("-g",) else words,
        ),
    ),
    Fault(
        "ifconfig-keeps-the-name-secret",
        "C-10",
        "ifconfig does not print the name that it gave to a new interface",
        program(_IFCONFIG, out=lambda text: "" if re.fullmatch(r"lagg\d+\n", text) else text),
    ),
    Fault(
        "ping-hides-errors",
        "C-17",
        "ping does not say that a packet could not be sent",
        program(_PING, err=lambda _: ""),
    ),
    Fault(
        "ping-counts-its-own",
        "C-20",
        "ping counts what it sent as received",
        program(
            _PING,
            out=lambda text: re.sub(
                r"(\d+) packets transmitted, \d+ packets received",
                r"\1 packets transmitted, \1 packets received",
                text,
            ),
        ),
    ),
    Fault(
        "ping-has-other-words",
        "C-17",
        "ping says Network is unreachable for No route to host",
        program(_PING, err=lambda text: text.replace("No route to host", "Network is unreachable")),
    ),
    Fault(
        "ping-sends-one",
        "C-27",
        "ping sends one packet whatever -c says",
        program(
            _PING,
            arguments=lambda words: tuple(
                "1" if words[at - 1 : at] == ("-c",) else word for at, word in enumerate(words)
            ),
        ),
    ),
    Fault(
        "dmesg-is-empty", "S-10", "dmesg prints nothing", program("/sbin/dmesg", out=lambda _: "")
    ),
    Fault(
        "sysctl-sets-nothing",
        "P-03",
        "sysctl takes an assignment for a question",
        program("/sbin/sysctl", arguments=_no_assignment),
    ),
    Fault(
        "kldstat-knows-no-lagg",
        "C-06",
        "kldstat does not find the driver",
        program("/sbin/kldstat", status=lambda _: 1),
    ),
)
