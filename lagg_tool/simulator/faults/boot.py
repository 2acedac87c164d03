"""Faults of what is kept: rc.conf as rc.d/netif carries it out, at boot and by service(8)."""

from __future__ import annotations

from lagg_tool.simulator.faults.fault import Apply, Fault
from lagg_tool.simulator.kernel.parts import combined
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.rc.network import NetworkSetup

_OF_PORTS = "laggport"


class _NoAliases(NetworkSetup):
    async def _alias(self, name: str, family: str, action: str) -> bool:
        del name, family, action
        return False


class _NoClones(NetworkSetup):
    async def clone_up(self, wanted: list[str]) -> None:
        del wanted


class _NoDescription(NetworkSetup):
    async def _ifconfig(self, *words: str) -> int:
        return 0 if "description" in words else await super()._ifconfig(*words)


class _OneWordOfDescription(NetworkSetup):
    async def _ifconfig(self, *words: str) -> int:
        if "description" in words:
            words = (*words[:-1], words[-1].split()[0])
        return await super()._ifconfig(*words)


class _NoMtu(NetworkSetup):
    def _for_ifconfig(self, name: str, suffix: str = "") -> list[str]:
        words = super()._for_ifconfig(name, suffix)
        if "mtu" in words:
            at = words.index("mtu")
            del words[at : at + 2]
        return words


class _FirstAliasOnly(NetworkSetup):
    def _aliases(self, name: str, family: str) -> list[list[str]]:
        return super()._aliases(name, family)[:1]


class _NoIpv6(NetworkSetup):
    def _for_ifconfig(self, name: str, suffix: str = "") -> list[str]:
        return [] if suffix == "_ipv6" else super()._for_ifconfig(name, suffix)


class _PortsInReverse(NetworkSetup):
    def _for_ifconfig(self, name: str, suffix: str = "") -> list[str]:
        words = super()._for_ifconfig(name, suffix)
        places = [at + 1 for at, word in enumerate(words) if word == _OF_PORTS]
        ports = [words[at] for at in places if at < len(words)]
        for at, port in zip(places, reversed(ports), strict=False):
            words[at] = port
        return words


def _setup(broken: type[NetworkSetup]) -> Apply:
    """Break rc.d/netif."""

    def apply(nas: SimulatedNas) -> None:
        nas.network_setup = combined(nas.network_setup, broken)

    return apply


FAULTS = (
    Fault("rc-forgets-aliases", "O-09", "rc.conf's aliases are not set", _setup(_NoAliases)),
    Fault(
        "rc-sets-one-alias",
        "O-09",
        "of several aliases in rc.conf the first one is set",
        _setup(_FirstAliasOnly),
    ),
    Fault("rc-forgets-ipv6", "O-09", "the IPv6 address in rc.conf is not set", _setup(_NoIpv6)),
    Fault("rc-makes-no-lagg", "C-06", "cloned_interfaces is not carried out", _setup(_NoClones)),
    Fault(
        "rc-loses-description",
        "C-11",
        "the description in rc.conf is not set",
        _setup(_NoDescription),
    ),
    Fault(
        "rc-cuts-the-description",
        "C-11",
        "of the description in rc.conf the first word is set",
        _setup(_OneWordOfDescription),
    ),
    Fault("rc-loses-mtu", "O-06", "the MTU in rc.conf is not set", _setup(_NoMtu)),
    Fault(
        "rc-reverses-ports",
        "P-02",
        "the ports in rc.conf are added from the last to the first",
        _setup(_PortsInReverse),
    ),
)
