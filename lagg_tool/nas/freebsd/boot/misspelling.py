"""Variables of rc.conf(5) that no script reads and that look like one that rc knows. Pure.

A shell takes any name: a slip in one is no error, and what it was to do is not done.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lagg_tool.nas.freebsd.boot.variables import Variables, variable_name

# Of the whole host.
_HOST = ("cloned_interfaces", "network_interfaces", "ifconfig_DEFAULT")
_BEFORE_IT = ("ifconfig", "create_args", "ipv4_addrs", "vlans", "ipv6_ifconfig")
_BEHIND_IT = ("ipv6", "descr", "aliases", "alias", "name")
# What rc and its services read beside these (network.subr, rc.conf(5)).
_OTHERS = frozenset(
    [
        "wlans",
        "wlandebug",
        "autobridge",
        "gifconfig",
        "ipv6_prefix",
        "dhclient_flags",
        "background_dhclient",
    ]
)
# Names that are no slip of the finger: another word for the same.
_ANOTHER_WORD = {"description": "descr", "desc": "descr", "inet6": "ipv6", "ip6": "ipv6"}
_NEAR = 0.75


@dataclass(frozen=True)
class Misspelt:
    """A variable that no script reads, and the one that it is likely to be."""

    variable: str
    meant: str

    @property
    def text(self) -> str:
        """Both, for people."""
        return f"{self.variable}: rc knows no such variable; it is {self.meant}"


def misspelt(
    lagg: str, ports: Iterable[str], rc_conf: Mapping[str, str], names: Iterable[str] = ()
) -> Iterator[Misspelt]:
    """Yield what is misspelt of a LAGG and its ports; ``names`` are those of other interfaces."""
    variables = Variables(rc_conf)
    interfaces = (lagg, *ports)
    known = {each for name in (*interfaces, *names) for each in variables.names(name)}
    for variable in rc_conf:
        if variable in known or variable in _HOST:
            continue
        found = next(filter(None, (_of(variable, each) for each in interfaces)), "")
        found = found or _of_host(variable) or _of_lagg(variable, lagg, rc_conf, names)
        if found and found != variable:
            yield Misspelt(variable, found)


def _of(variable: str, interface: str) -> str:
    """Return what a variable with the right name of an interface is likely to be."""
    name = re.escape(variable_name(interface))
    parts = re.fullmatch(rf"([A-Za-z0-9_]+?)_{name}(?:_(\w+))?", variable)
    if parts is None or parts[1] in _OTHERS:
        return ""
    before, behind = parts[1], parts[2] or ""
    if behind.partition("_")[0].isdecimal():  # of the VLAN lagg0.30
        return ""
    stem = f"_{variable_name(interface)}"
    if before.lower() in ("ipv6_addrs", "ipv6_addr") and not behind:
        return f"ifconfig{stem}_ipv6"
    before = before if before in _BEFORE_IT else _nearest(before, _BEFORE_IT)
    right = _behind(behind) if behind else ""
    return f"{before}{stem}{right}" if before and (right or not behind) else ""


def _behind(word: str) -> str:
    """Return what stands behind the interface's name, with its underscore."""
    bare, number = re.fullmatch(r"(.*?)_?(\d*)", word.lower()).groups()  # type: ignore[union-attr]
    if word.lower() in _ANOTHER_WORD:
        return f"_{_ANOTHER_WORD[word.lower()]}"
    if number and (bare == "alias" or _nearest(bare, _BEHIND_IT).startswith("alias")):
        return f"_alias{number}"
    near = _nearest(word, _BEHIND_IT)
    return "_aliases" if near == "alias" else f"_{near}" if near else ""


def _nearest(word: str, words: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word.lower(), words, 1, _NEAR)), "")


def _of_host(variable: str) -> str:
    lower = {each.lower(): each for each in _HOST}
    near = difflib.get_close_matches(variable.lower(), lower, 1, 0.9)
    return lower[near[0]] if near and not variable.lower().startswith("ipv6_") else ""


def _of_lagg(variable: str, lagg: str, rc_conf: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the LAGG's variable if the slip is in its name: a letter more, less or swapped."""
    parts = re.fullmatch(r"(ifconfig|create_args|ipv4_addrs|vlans)_([A-Za-z0-9]+)(_\w+)?", variable)
    if parts is None or f"ifconfig_{lagg}" in rc_conf or not lagg.isalnum():
        return ""
    name = parts[2]
    given = {*names, *(value for each, value in rc_conf.items() if each.endswith("_name"))}
    cloned = {each.partition(":")[0] for each in rc_conf.get("cloned_interfaces", "").split()}
    same_number = re.findall(r"\d+$", name) == re.findall(r"\d+$", lagg)
    if name in given | cloned or not same_number or not _one_slip(name.lower(), lagg):
        return ""
    return f"{parts[1]}_{lagg}{parts[3] or ''}"


def _one_slip(word: str, right: str) -> bool:
    """Return whether one letter is missing, too many, another, or swapped with the next."""
    if word == right:
        return True
    if len(word) == len(right):
        wrong = [place for place in range(len(word)) if word[place] != right[place]]
        swapped = len(wrong) == 2 and word[wrong[0]] + word[wrong[1]] == (
            right[wrong[1]] + right[wrong[0]]
        )
        return len(wrong) == 1 or swapped
    short, long = sorted((word, right), key=len)
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))
