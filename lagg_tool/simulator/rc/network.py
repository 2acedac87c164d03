"""Interfaces from rc.conf: libexec/rc/network.subr and rc.d/netif.

Every change is made by running ifconfig(8), as the scripts do; what it prints goes where
the script's output goes.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import shlex
from collections.abc import Iterator

from lagg_tool.simulator.rc.configuration import Configuration, split
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.streams import pipe

_IFCONFIG = "/sbin/ifconfig"
# Words in ifconfig_IF that are not for ifconfig(8) (ifconfig_getargs).
_PSEUDO_ARGUMENTS = frozenset({"dhcp", "noauto", "nosyncdhcp", "syncdhcp", "wpa", "hostap"})
_NO_DHCP = re.compile(r"(lo|stf|lp|sl)\d")
_BRIDGE = re.compile(r"bridge[0-9]")
_FAMILIES = frozenset({"inet", "inet6", "link", "ether"})


class NetworkSetup:
    """What ``/etc/rc.d/netif`` does, in a process of its own."""

    def __init__(self, process: Process, configuration: Configuration) -> None:
        self._process = process
        self._rc = configuration

    # -- running ifconfig

    async def _ifconfig(self, *words: str) -> int:
        child = self._process.spawn((_IFCONFIG, *words))
        return await self._process.wait(child)

    async def _output(self, *words: str) -> tuple[int, str]:
        """Run ifconfig and return its status and output; errors go to /dev/null."""
        reader, writer = pipe()
        null = self._process.system.opener.open("/dev/null", "w")
        child = self._process.spawn((_IFCONFIG, *words), streams={1: writer, 2: null})
        status = await self._process.wait(child)
        data = reader.read(1 << 30)
        return status, data.decode(errors="surrogateescape")

    async def _exists(self, name: str) -> bool:
        return (await self._output(name))[0] == 0

    # -- what rc.conf says of an interface

    def _arguments(self, name: str, suffix: str = "") -> list[str]:
        """_ifconfig_getargs: with the pseudo arguments still in it."""
        default = self._rc.get("ifconfig_DEFAULT")
        return split(self._rc.of_interface(name, f"ifconfig_IF{suffix}", default))

    def _is_pseudo(self, name: str, word: str) -> bool:
        return word in {argument.lower() for argument in self._arguments(name)}

    def _is_dhcp(self, name: str) -> bool:
        if _NO_DHCP.match(name):
            return False
        return any(self._is_pseudo(name, word) for word in ("dhcp", "nosyncdhcp", "syncdhcp"))

    def _is_synchronous(self, name: str) -> bool:
        for argument in self._arguments(name):
            if argument.lower() in {"syncdhcp", "nosyncdhcp"}:
                return argument.lower() == "syncdhcp"
        return self._rc.is_yes("synchronous_dhclient")

    def _has_ipv6(self, name: str) -> bool:
        """ipv6if of network.subr."""
        listed = self._rc.get("ipv6_network_interfaces")
        if name == "lo0":
            return True
        if listed.lower() != "auto" and name not in listed.split():
            return False
        return bool(
            self._arguments(name, "_ipv6") or self._rc.of_interface(name, "ipv6_ifconfig_IF")
        )

    def _is_autoconfigured(self, name: str) -> bool:
        """ipv6_autoconfif of network.subr."""
        if _NO_DHCP.match(name) or not self._has_ipv6(name):
            return False
        if self._rc.is_yes("ipv6_gateway_enable") or self._rc.of_interface(name, "ipv6_prefix_IF"):
            return False
        if self._rc.is_yes("ipv6_enable"):
            return not _BRIDGE.match(name)
        old = split(self._rc.of_interface(name, "ipv6_ifconfig_IF"))
        return "accept_rtadv" in [*self._arguments(name, "_ipv6"), *old]

    def _for_ifconfig(self, name: str, suffix: str = "") -> list[str]:
        words: list[str] = []
        given = iter(self._arguments(name, suffix))
        for word in given:
            if word == "vnet":
                next(given, None)  # the jail: of rc.d/netif vnetup, not of ifconfig
            elif word.lower() not in _PSEUDO_ARGUMENTS:
                words.append(word)
        return _evaluated(words)

    def _up_to_an_empty_one(self, prefix: str) -> Iterator[str]:
        """Yield the numbered variables; the loop of ifalias_af_common breaks at an empty one."""
        return itertools.takewhile(self._rc.get, self._rc.matching(prefix))

    def _aliases(self, name: str, family: str) -> list[list[str]]:
        """Return the words of ifconfig_IF_aliases and ifconfig_IF_aliasN of a family."""
        variable = re.sub(r"[.\-/+]", "_", name)
        words = split(self._rc.of_interface(name, "ifconfig_IF_aliases"))
        for alias in self._up_to_an_empty_one(f"ifconfig_{variable}_alias"):
            value = split(self._rc.get(alias))
            if value and value[0] not in _FAMILIES:
                if family == "inet":
                    self.warn(f'${alias} needs leading "inet" keyword for an IPv4 address.')
                value = ["inet", *value]
            words += value
        for address in split(self._rc.of_interface(name, "ipv4_addrs_IF")):
            words += ["inet", address]
        for alias in self._up_to_an_empty_one(f"ipv6_ifconfig_{variable}_alias"):
            words += ["inet6", *split(self._rc.get(alias))]
        groups: list[list[str]] = []
        for word in words:
            if word in _FAMILIES:
                groups.append([word])
            elif groups:
                groups[-1].append(word)
        most = int(self._rc.get("netif_ipexpand_max"))
        return [e for g in groups if g[0] == family for e in _expand(g)[:most]]

    def warn(self, message: str) -> None:
        """Say something as rc.subr's warn does."""
        self._process.err(f"/etc/rc.d/netif: WARNING: {message}\n")

    # -- up

    async def _alias(self, name: str, family: str, action: str) -> bool:
        done = False
        for words in self._aliases(name, family):
            given = words
            if action == "-alias":
                given = [word.split("/")[0] for word in words[:2]]
            done = await self._ifconfig(name, *given, action) == 0 or done
        return done

    async def _bring_up(self, name: str) -> bool:
        """ifconfig_up: tell whether there was anything to do."""
        configured = name == "lo0"
        await self._ipv6_of_all(name)
        if words := self._for_ifconfig(name):
            await self._ifconfig(name, *words)
            configured = True
        if words := self._for_ifconfig(name, "_ipv6"):
            if re.match(r":|[0-9a-fA-F].*:", " ".join(words)):
                self.warn(
                    f'$ifconfig_{name}_ipv6 needs leading "inet6" keyword for an IPv6 address.'
                )
                words = ["inet6", *words]
            await self._ifconfig(name, "inet6", "-ifdisabled")
            await self._ifconfig(name, *words)
            configured = True
        if words := split(self._rc.of_interface(name, "ipv6_ifconfig_IF")):
            await self._ifconfig(name, "inet6", "-ifdisabled")
            await self._ifconfig(name, "inet6", *words)
            configured = True
        for family in ("link", "ether"):
            await self._alias(name, family, "alias")
        if description := self._rc.of_interface(name, "ifconfig_IF_descr"):
            await self._ifconfig(name, "description", description)
        if configured:
            await self._ifconfig(name, "up")
        if self._is_autoconfigured(name):
            await self._ifconfig(name, "inet6", "accept_rtadv", "up")
            configured = True
        return await self._dhcp(name, configured=configured)

    async def _ipv6_of_all(self, name: str) -> None:
        """Set what holds for every interface, and what releases before 9.0 had."""
        # Where the old variable says something, the new one gets that (rcvars_obsolete, rc.subr).
        old = self._rc.get("ipv6_enable")
        activated = "ipv6_enable" if old else "ipv6_activate_all_interfaces"
        options = ["-ifdisabled"] * self._rc.is_yes(activated)
        gateway = self._rc.is_yes("ipv6_gateway_enable")
        if self._rc.is_yes("ipv6_enable") and not gateway and not _BRIDGE.match(name):
            options.append("accept_rtadv")
        if self._rc.get("ipv6_cpe_wanif") == name:
            options += ["-no_radr", "accept_rtadv"]
        if options:
            await self._ifconfig(name, "inet6", *options)

    async def _dhcp(self, name: str, *, configured: bool) -> bool:
        if not self._is_dhcp(name):
            return configured
        if not configured:
            await self._ifconfig(name, "up")
        if self._is_synchronous(name):
            self._process.out("Starting dhclient.\n")
            child = self._process.spawn(("/sbin/dhclient", name))
            await self._process.wait(child)
        return True

    async def _start_one(self, name: str) -> None:
        """ifn_start. With IPv6 in the kernel it always counts as done (ipv6_up returns 0)."""
        await self._rc.run(f"/etc/start_if.{name}")  # ifscript_up
        await self._bring_up(name)
        if name == "lo0" and not self._rc.of_interface(name, "ifconfig_IF"):
            await self._ifconfig(name, "inet", "127.0.0.1/8", "alias")
        await self._alias(name, "inet", "alias")
        if self._has_ipv6(name):
            await self._alias(name, "inet6", "alias")
        await self._create_children(name)

    async def _create_children(self, name: str) -> None:
        """childif_create: vlans_IF."""
        for child in split(self._rc.of_interface(name, "vlans_IF")):
            made = f"{name}.{child}" if re.fullmatch(r"[1-9][0-9]*", child) else child
            extra = split(self._rc.of_interface(made, "create_args_IF"))
            if made != child:
                await self._ifconfig(made, "create", *extra)
            elif re.fullmatch(r"vlan[0-9]+", child):
                await self._ifconfig(child, "create", "vlandev", name, *extra)
            else:
                _, output = await self._output("vlan", "create", "vlandev", name, *extra)
                await self._ifconfig(output.strip(), "name", child)
            if not self._is_pseudo(made, "noauto"):
                await self._start_one(made)

    async def clone_up(self, wanted: list[str]) -> None:
        """Create the interfaces of ``cloned_interfaces`` that are not there yet."""
        made: list[str] = []
        for entry in split(self._rc.get("cloned_interfaces")):
            name = entry.split(":")[0]
            ends = [f"{name}a", f"{name}b"] if re.match(r"epair[0-9]", name) else [name]
            if (wanted and name not in wanted) or any([await self._exists(end) for end in ends]):
                continue
            extra = split(self._rc.of_interface(name, "create_args_IF"))
            if await self._ifconfig(name, "create", *extra) == 0:
                made += ends
        if made:
            self._process.out(f"Created clone interfaces: {' '.join(made)}.\n")

    async def clone_down(self, wanted: list[str]) -> None:
        """Destroy the interfaces of ``cloned_interfaces``."""
        gone: list[str] = []
        for entry in split(self._rc.get("cloned_interfaces")):
            name, _, option = entry.partition(":")
            sticky = option == "sticky" or (
                option != "nosticky" and self._rc.is_yes("cloned_interfaces_sticky")
            )
            ends = [f"{name}a", f"{name}b"] if re.match(r"epair[0-9]", name) else [name]
            there = [end for end in ends if await self._exists(end)]
            if sticky or (wanted and name not in wanted) or not there:
                continue
            if await self._ifconfig("-n", there[0], "destroy") == 0:
                gone += ends
        if gone:
            self._process.out(f"Destroyed clone interfaces: {' '.join(gone)}.\n")

    async def _rename(self, wanted: list[str]) -> None:
        names = wanted or (await self._output("-l"))[1].split()
        for name in names:
            if new := self._rc.of_interface(name, "ifconfig_IF_name"):
                await self._ifconfig(name, "name", new)

    async def _all_interfaces(self) -> list[str]:
        """list_net_interfaces: lo0 first."""
        listed = self._rc.get("network_interfaces")
        if listed.lower() != "auto":
            names = split(f"{listed} {self._rc.get('cloned_interfaces')}")
            return names if "lo0" in names else ["lo0", *names]
        names = (await self._output("-l"))[1].split()
        names = [name for name in names if not self._is_pseudo(name, "noauto")]
        return sorted(names, key=lambda name: name != "lo0")

    async def start(self, wanted: list[str]) -> None:
        """netif_start."""
        await self.clone_up(wanted)
        await self._rename(wanted)
        names = wanted or await self._all_interfaces()
        for name in _with_epair_ends(names):
            await self._start_one(name)
        await self._report("Starting", _with_epair_ends(names))

    # -- down

    async def _stop_one(self, name: str) -> None:
        if self._has_ipv6(name):
            await self._alias(name, "inet6", "-alias")
            for address in await self._addresses(name, "inet6"):
                await self._ifconfig(name, "inet6", address, "-alias")
        await self._alias(name, "inet", "-alias")
        for address in await self._addresses(name, "inet"):
            await self._ifconfig(name, "inet", address, "delete")
        await self._ifconfig(name, "down")
        await self._rc.run(f"/etc/stop_if.{name}")  # ifscript_down
        for child in split(self._rc.of_interface(name, "vlans_IF")):
            made = f"{name}.{child}" if child.isdecimal() else child
            if await self._exists(made):
                await self._ifconfig("-n", made, "destroy")

    async def _addresses(self, name: str, family: str) -> list[str]:
        _, text = await self._output(name)
        return re.findall(rf"^\s{family} ([^\s%]+)", text, re.MULTILINE)

    async def stop(self, wanted: list[str], *, clones: bool = True) -> None:
        """netif_stop; without ``clones`` it is netif_clear."""
        done: list[str] = []
        for name in _with_epair_ends(wanted or await self._all_interfaces()):
            if not await self._exists(name):
                self.warn(f"{name} does not exist.  Skipped.")
                continue
            await self._stop_one(name)
            done.append(name)
        if done:
            await self._report("Stopping", done)
        if clones:
            await self.clone_down(wanted)

    async def _report(self, verb: str, names: list[str]) -> None:
        self._process.out(f"{verb} Network: {' '.join(names)}.\n")
        for name in names:
            await self._ifconfig(name)


def _with_epair_ends(names: list[str]) -> list[str]:
    out: list[str] = []
    for name in names:
        pair = re.fullmatch(r"epair[0-9]+", name)
        out += [f"{name}a", f"{name}b"] if pair else [name]
    return out


def _evaluated(words: list[str]) -> list[str]:
    """Split words as ``eval`` does: a word that begins with # begins a comment."""
    text = " ".join(words)
    ends = [found.start() for found in re.finditer(r"(?:^| )#", text)]
    for end in (*ends, len(text)):
        lexer = shlex.shlex(text[:end], posix=True)
        lexer.whitespace, lexer.whitespace_split, lexer.commenters = " ", True, ""
        with contextlib.suppress(ValueError):
            return list(lexer)
    return words


def _expand(words: list[str]) -> list[list[str]]:
    """Expand 192.0.2.5-7/24, or 2001:db8::5-7/64, to one entry per address.

    (ifalias_expand_addr_inet, ifalias_expand_addr_inet6)
    """
    family, given = words[0], words[1] if words[1:] else ""
    inet = family == "inet"
    host = r"((?:\d+\.)*)(\d+)-(\d+)((?:\.\d+)*)" if inet else r"([0-9a-f:]*:)(\w+)-(\w+)()"
    match = re.fullmatch(rf"{host}(?:/(\d+))?", given)
    if match is None or family not in ("inet", "inet6"):
        return [words]
    head, low, high, tail, length = match.groups()
    if not inet:
        suffix = f"/{length}" if length and "prefixlen" not in words else ""
        numbers = range(int(low, 16), int(high, 16) + 1)
        return [["inet6", f"{head}{number:x}{suffix}", *words[2:]] for number in numbers]
    lengths = itertools.chain([length or "32"], itertools.repeat("32"))
    masked = "netmask" in words
    return [
        ["inet", f"{head}{number}{tail}{'' if masked else f'/{each}'}", *words[2:]]
        for number, each in zip(range(int(low), int(high) + 1), lengths, strict=False)
    ]
