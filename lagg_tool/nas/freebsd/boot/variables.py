"""The variables of rc.conf(5) by interface, as the functions of network.subr read them."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_address

from lagg_tool.nas.freebsd.boot.interface import BootInterface

FAMILIES = frozenset({"inet", "inet6", "link", "ether", "lladdr"})
# The words of ifconfig_IF that are not for ifconfig(8) (ifconfig_getargs).
_PSEUDO = frozenset({"DHCP", "NOAUTO", "NOSYNCDHCP", "SYNCDHCP", "WPA", "HOSTAP"})
DHCP_WORDS = frozenset({"DHCP", "SYNCDHCP", "NOSYNCDHCP"})
DEFAULT = "ifconfig_DEFAULT"
_UNDERSCORES = str.maketrans(".-/+", "____")


# Words as a shell has them: a carriage return is part of one.
split = re.compile(r"[^ \t\n]+").findall


def variable_name(interface: str) -> str:
    """Return how an interface's name is written in the name of a variable (get_if_var)."""
    return interface.translate(_UNDERSCORES)


def is_bridge(interface: str) -> bool:
    """Return whether an interface is one that ipv6_enable leaves alone."""
    return re.match(r"bridge[0-9]", interface) is not None


# A word that the eval of network.subr takes for the beginning of a comment.
_COMMENT = re.compile(
    r"""((?:[^'"\s\\]|\\.|'[^']*'|"(?:\\.|[^"\\])*"|\s+(?!#))*)\s+#.*""", re.DOTALL
)


@lru_cache(maxsize=1024)  # a plan asks for the same few values some thousand times
def _words(value: str) -> tuple[str, ...]:
    """Split a value as the eval of network.subr does."""
    value = " ".join(split(value))
    if found := _COMMENT.fullmatch(value):
        value = found[1]
    lexer = shlex.shlex(value, posix=True)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " ", True, ""
    try:
        return tuple(lexer)
    except ValueError:
        return tuple(split(value))


class Variables:
    """rc.conf, by interface."""

    def __init__(self, rc_conf: Mapping[str, str]) -> None:
        self._rc = rc_conf

    def get(self, name: str) -> str:
        """Return a variable of the whole host."""
        return self._rc.get(name, "")

    def is_yes(self, name: str) -> bool:
        """Return whether a variable says yes (checkyesno of rc.subr)."""
        return self.get(name).upper() in ("YES", "TRUE", "ON", "1")

    @property
    def activates_ipv6(self) -> bool:
        """Whether every interface has IPv6, if only with the address that the kernel makes."""
        # Where the old variable says something, the new one gets that (rcvars_obsolete, rc.subr).
        old = self.get("ipv6_enable")
        return self.is_yes("ipv6_enable" if old else "ipv6_activate_all_interfaces")

    def of(self, interface: str, pattern: str) -> str:
        """Return the variable whose name has the interface for IF (get_if_var)."""
        return self.get(pattern.replace("IF", variable_name(interface)))

    def source(self, interface: str, suffix: str = "") -> str:
        """Return the name of the variable that gives an interface its arguments."""
        own = f"ifconfig_{variable_name(interface)}{suffix}"
        return own if own in self._rc else DEFAULT  # ${own-$ifconfig_DEFAULT}

    def _all_words(self, interface: str, suffix: str = "") -> tuple[str, ...]:
        return _words(self.get(self.source(interface, suffix)))

    def words(self, interface: str, suffix: str = "") -> list[str]:
        """Return the arguments for ifconfig (ifconfig_getargs)."""
        given = iter(self._all_words(interface, suffix))
        found: list[str] = []
        for word in given:
            if word == "vnet":
                next(given, None)
            elif word.upper() not in _PSEUDO:
                found.append(word)
        return found

    def vnet(self, interface: str) -> str:
        """Return the jail that ``service netif vnetup`` moves the interface into (vnetif)."""
        given = self._all_words(interface)
        return dict(itertools.pairwise(given)).get("vnet", "")

    def _asks(self, interface: str, pseudo: frozenset[str]) -> bool:
        return bool(pseudo & {word.upper() for word in self._all_words(interface)})

    def dhcp(self, interface: str) -> bool:
        """Return whether a dhclient is started (dhcpif)."""
        return not interface.startswith("lo") and self._asks(interface, DHCP_WORDS)

    def dhcp_word(self, interface: str) -> str:
        """Return the word that asks for a lease, since they differ in who waits for it; or ""."""
        given = (word.upper() for word in self._all_words(interface))
        return next((word for word in given if word in DHCP_WORDS), "")

    def wireless_daemon(self, interface: str) -> bool:
        """Return whether wpa_supplicant or hostapd brings the interface up."""
        return self._asks(interface, frozenset({"WPA", "HOSTAP"}))

    def automatic(self, interface: str) -> bool:
        """Return whether the interface is configured without being named (no NOAUTO)."""
        return not self._asks(interface, frozenset({"NOAUTO"}))

    def has_ipv6(self, interface: str) -> bool:
        """Return whether IPv6 addresses of aliases are set (ipv6if)."""
        listed = self._rc.get("ipv6_network_interfaces", "AUTO")
        if listed.upper() != "AUTO" and interface not in listed.split():
            return False
        return bool(
            self._all_words(interface, "_ipv6")
            or self.of(interface, "ipv6_prefix_IF")
            or self.of(interface, "ipv6_ifconfig_IF")
        )

    def autoconfigured(self, interface: str) -> bool:
        """Return whether router advertisements are accepted (ipv6_autoconfif)."""
        if not self.has_ipv6(interface) or self.is_yes("ipv6_gateway_enable"):
            return False
        if interface.startswith("lo") or self.of(interface, "ipv6_prefix_IF"):
            return False
        if self.is_yes("ipv6_enable"):
            return not is_bridge(interface)
        old = split(self.of(interface, "ipv6_ifconfig_IF"))
        return "accept_rtadv" in (*self._all_words(interface, "_ipv6"), *old)

    def gives_addresses(self, found: BootInterface) -> bool:
        """Return whether an interface's own lines, or those for all, give it addresses at boot.

        ipv6_enable and ifconfig_DEFAULT have every interface listen to advertisements, which a
        port never hears.
        """
        listens = found.ipv6_auto and Variables({**self._rc, DEFAULT: ""}).has_ipv6(found.name)
        return bool(found.addresses or found.carp or found.dhcp or listens)

    def names(self, interface: str) -> tuple[str, ...]:
        """Return the names of those variables that configure this interface and no other."""
        name = re.escape(variable_name(interface))
        own = re.compile(
            rf"ifconfig_{name}(_ipv6|_descr|_aliases|_alias[0-9]+)?"
            rf"|ipv4_addrs_{name}|create_args_{name}|ipv6_ifconfig_{name}(_alias[0-9]+)?"
        )
        return tuple(variable for variable in self._rc if own.fullmatch(variable))

    def strangers(self, interface: str) -> tuple[str, ...]:
        """Return the names of variables of this interface that this tool does not read."""
        name = re.escape(variable_name(interface))
        known = {*self.names(interface), f"ifconfig_{variable_name(interface)}_name"}
        other = re.compile(rf"(ifconfig|ipv6_ifconfig)_{name}_\w+|ipv6_prefix_{name}")
        vlans = re.compile(rf"ifconfig_{name}_[0-9]+(_\w+)?")
        return tuple(
            variable
            for variable in self._rc
            if other.fullmatch(variable) and variable not in known and not vlans.fullmatch(variable)
        )

    def wireless(self) -> tuple[str, ...]:
        """Return the names of the wireless interfaces that are made at boot (wlan_up)."""
        return tuple(
            name
            for variable, value in self._rc.items()
            if re.fullmatch(r"wlans_\w+", variable)
            for name in split(value)
        )

    def _numbered(self, name: str) -> list[str]:
        """Return the variables of this name with a number behind it, by number."""
        found = [
            each for each in self._rc if each.startswith(name) and each[len(name) :].isdecimal()
        ]
        return sorted(found, key=lambda each: int(each[len(name) :]))

    def _up_to_an_empty_one(self, name: str) -> Iterator[str]:
        """Yield the numbered variables that are read: an empty one ends the loop."""
        return itertools.takewhile(self._rc.__getitem__, self._numbered(name))

    def aliases(self, interface: str) -> list[tuple[str, list[str]]]:
        """Return variable and words of each alias, in the order in which they are set.

        Nothing evaluates them: a quotation mark is part of its word (ifalias_af_common).
        """
        name = variable_name(interface)
        found: list[tuple[str, list[str]]] = []
        variable = f"ifconfig_{name}_aliases"
        for word in split(self.get(variable)):
            if word in FAMILIES:
                found.append((variable, [word]))
            elif found:
                found[-1][1].append(word)
        for variable in self._up_to_an_empty_one(f"ifconfig_{name}_alias"):
            for word in split(self.get(variable)):
                if word in FAMILIES:
                    found.append((variable, [word]))
                elif found and found[-1][0] == variable:
                    found[-1][1].append(word)
                else:
                    found.append((variable, ["inet", word]))
        variable = f"ipv4_addrs_{name}"
        found += [(variable, ["inet", word]) for word in split(self.get(variable))]
        for variable in self._up_to_an_empty_one(f"ipv6_ifconfig_{name}_alias"):
            found.append((variable, ["inet6", *split(self.get(variable))]))
        limit = self.get("netif_ipexpand_max")
        most = int(limit) if limit.isdecimal() else _MOST
        return [
            (variable, expanded)
            for variable, words in found
            for expanded in expand_range(words, most)
        ]


_RANGE4 = re.compile(r"((?:\d+\.)*)(\d+)-(\d+)((?:\.\d+)*)(?:/(\d+))?")
_RANGE6 = re.compile(r"([0-9a-fA-F:]*:)([0-9a-fA-F]+)-([0-9a-fA-F]+)()(?:/(\d+))?")
_MOST = 2048  # netif_ipexpand_max


def expand_range(words: list[str], most: int = _MOST) -> list[list[str]]:
    """Expand ``inet 192.0.2.5-7/24`` to one entry for each address (ifalias_expand_addr)."""
    given = words[1] if words[1:] else ""
    found = _RANGE4.fullmatch(given) if words[0] == "inet" else _RANGE6.fullmatch(given)
    if found is None or words[0] not in ("inet", "inet6"):
        return [words]
    head, low, high, tail, length = found.groups()
    base, usual, host = (10, "32", "32") if words[0] == "inet" else (16, "64", length or "64")
    masked = {"netmask", "prefixlen"} & set(words)  # which holds for all of them
    numbers = range(int(low, base), int(high, base) + 1)[:most]
    made: list[list[str]] = []
    for place, number in enumerate(numbers):
        address = f"{head}{number if base == 10 else format(number, 'x')}{tail}"
        try:
            ip_address(address)
        except ValueError:
            return [words]
        width = "" if masked else f"/{(length or usual) if place == 0 else host}"
        made.append([words[0], f"{address}{width}", *words[2:]])
    return made
