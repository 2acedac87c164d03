"""The field "Options": further words for ifconfig, of which only known ones are taken.

The article's form hands the field to ifconfig unread, so that a typo is accepted in silence
(B-23), and at boot network.subr evaluates it as shell text. Here a word is known and
harmless, or it is refused with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lagg_tool.errors import SpecError

# Each capability that can be switched, and the name that ifconfig prints for it.
OFFLOADS = {
    "rxcsum": "RXCSUM",
    "txcsum": "TXCSUM",
    "rxcsum6": "RXCSUM_IPV6",
    "txcsum6": "TXCSUM_IPV6",
    "tso4": "TSO4",
    "tso6": "TSO6",
    "lro": "LRO",
    "vlanhwtag": "VLAN_HWTAGGING",
    "vlanhwcsum": "VLAN_HWCSUM",
    "vlanhwfilter": "VLAN_HWFILTER",
    "vlanhwtso": "VLAN_HWTSO",
    "vlanmtu": "VLAN_MTU",
}

# Switches of lagg(4): the name below "lagg options:", and the only protocol that takes it.
SWITCHES = {
    "use_flowid": ("USE_FLOWID", None),
    "use_numa": ("USE_NUMA", None),
    "lacp_strict": ("LACP_STRICT", "lacp"),
    "lacp_fast_timeout": ("LACP_FAST_TIMO", "lacp"),
}

_OWN_FIELD = {
    "mtu": "mtu",
    "description": "description",
    "descr": "description",
    "-description": "description",
    "-descr": "description",
    "laggproto": "protocol",
    "laggport": "ports",
    "-laggport": "ports",
    "inet": "addresses",
    "inet6": "addresses",
    "alias": "addresses",
    "dhcp": "dhcp",
    "syncdhcp": "dhcp",
    "accept_rtadv": "ipv6_auto",
}

_MAC = "would change the MAC address, and the LACP system identifier would not follow (B-08)"

_DANGEROUS = {
    "name": "would rename the interface",
    "destroy": "would destroy the interface",
    "unplumb": "would destroy the interface",
    "create": "creates an interface, which is the plan's part",
    "plumb": "creates an interface, which is the plan's part",
    "down": "would take the interface down",
    "up": "is always done",
    "vnet": "would move the interface into a jail",
    "-vnet": "would take the interface out of a jail",
    "delete": "would remove an address",
    "-alias": "would remove an address",
    "remove": "would remove an address",
    "-arp": "would end every connection over the interface",
    "staticarp": "would end every connection over the interface",
    "monitor": "would end every connection over the interface",
    "ether": _MAC,
    "link": _MAC,
    "lladdr": _MAC,
    "fib": "would move the interface's routes",
    "vhid": "begins CARP, which is not part of a LAGG",
    "rename": "would rename the interface",
}

_LAYERS = ("l2", "l3", "l4")


def _refuse(word: object, rule: str, remedy: str) -> SpecError:
    return SpecError("options", word, rule, remedy)


@dataclass(frozen=True)
class LaggOptions:
    """What the words meant; None or an empty mapping is "leave it as it is".

    ``layers`` in the order l2, l3, l4; ``switches`` and ``offloads`` by ifconfig's word.
    """

    layers: tuple[str, ...] | None = None
    flowid_shift: int | None = None
    rr_limit: int | None = None
    switches: tuple[tuple[str, bool], ...] = field(default=())
    offloads: tuple[tuple[str, bool], ...] = field(default=())

    def check_protocol(self, protocol: str) -> None:
        """Refuse what the kernel refuses under ``protocol`` (SIOCSLAGGOPTS: EINVAL)."""
        for word, on in self.switches:
            only = SWITCHES[word][1]
            if only not in (None, protocol):
                shown = word if on else f"-{word}"
                raise _refuse(shown, f"only protocol {only} takes it", "remove it")
        if self.rr_limit is not None and protocol != "roundrobin":
            raise _refuse("rr_limit", "only protocol roundrobin takes it", "remove it")

    @property
    def words(self) -> tuple[str, ...]:
        """The options as ifconfig takes them."""
        words: list[str] = []
        if self.layers is not None:
            words += ["lagghash", ",".join(self.layers)]
        # -use_flowid clears use_numa as well (B-17), so that it goes first.
        for word, on in sorted(self.switches, key=lambda switch: switch[0] != "use_flowid"):
            words.append(word if on else f"-{word}")
        if self.flowid_shift is not None:
            words += ["flowid_shift", str(self.flowid_shift)]
        if self.rr_limit is not None:
            words += ["rr_limit", str(self.rr_limit)]
        words += [word if on else f"-{word}" for word, on in self.offloads]
        return tuple(words)


def _layers(text: str) -> tuple[str, ...]:
    chosen = text.split(",")
    if not set(chosen) <= set(_LAYERS) or len(set(chosen)) != len(chosen):
        rule = "lagghash takes l2, l3 and l4, each once, joined by commas"
        raise _refuse(text, rule, 'write "lagghash l3,l4", for example')
    return tuple(layer for layer in _LAYERS if layer in chosen)


def _number(word: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
        raise _refuse(text, f"{word} takes a number from {low} to {high}", "choose such a number")
    return int(text)


def parse_options(text: object) -> LaggOptions:
    """Read the field: a text of words, or a list of them. Raises SpecError."""
    if isinstance(text, str):
        words = text.split()
    elif isinstance(text, list) and all(isinstance(word, str) for word in text):
        words = [part for word in text for part in word.split()]
    else:
        raise _refuse(text, "options are words for ifconfig", "write them as one text")
    layers: tuple[str, ...] | None = None
    numbers: dict[str, int] = {}
    switches: dict[str, bool] = {}
    offloads: dict[str, bool] = {}
    rest = iter(words)
    for word in rest:
        plain = word.removeprefix("-")
        on = plain == word
        if word == "lagghash":
            layers = _layers(next(rest, ""))
        elif word == "flowid_shift":
            numbers[word] = _number(word, next(rest, ""), 0, 31)
        elif word == "rr_limit":
            numbers[word] = _number(word, next(rest, ""), 1, 2**31 - 1)
        elif plain in SWITCHES:
            switches[plain] = on
        elif plain in OFFLOADS:
            offloads[plain] = on
        elif plain == "tso":
            offloads |= {"tso4": on, "tso6": on}
        else:
            raise _unwanted(word)
    return LaggOptions(
        layers,
        numbers.get("flowid_shift"),
        numbers.get("rr_limit"),
        tuple(switches.items()),
        tuple(offloads.items()),
    )


def _unwanted(word: str) -> SpecError:
    low = word.lower()
    if low in _OWN_FIELD:
        own = _OWN_FIELD[low]
        return _refuse(word, f"this has a field of its own, {own}", f"set {own} instead")
    if low in _DANGEROUS:
        return _refuse(word, f"it {_DANGEROUS[low]}", "remove it")
    known = ", ".join(("lagghash", "flowid_shift", "rr_limit", *SWITCHES, *OFFLOADS, "tso"))
    return _refuse(word, f"known are {known}, the switches also with a - before", "remove it")
