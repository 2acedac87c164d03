"""The words of ifconfig(8) that change nothing that is compared, or nothing that is known."""

from __future__ import annotations

import difflib

from lagg_tool.lagg import OFFLOADS, SWITCHES

# The words that a lagg's line has beside its switches.
LAGG_WORDS = ("laggproto", "laggport", "lagghash", "netmask", "prefixlen", "inet", "inet6", "mtu")

OFFLOAD_WORDS = frozenset(OFFLOADS) | {"tso"}
# Words that leave alone all that is compared, with the number of their arguments.
HARMLESS = {
    "alias": 0,
    "add": 0,
    "arp": 0,
    "broadcast": 1,
    "media": 1,
    "mediaopt": 1,
    "-mediaopt": 1,
    "mode": 1,
    "polling": 0,
    "-polling": 0,
    "wol": 0,
    "-wol": 0,
    "wol_magic": 0,
    "-wol_magic": 0,
    "auto_linklocal": 0,
    "-auto_linklocal": 0,
    "no_radr": 0,
    "-no_radr": 0,
    "nud": 0,
    "-nud": 0,
    "no_prefer_iface": 0,
    "-no_prefer_iface": 0,
}
# Those that a line keeps when the rest of it is written.
LASTING = frozenset(word for word, arguments in HARMLESS.items() if not arguments) - {
    "alias",
    "add",
    "arp",
}
# A lagg has no media but autoselect, so that ifconfig stops at these (lagg_clone_create).
NO_MEDIA_OF_LAGG = frozenset({"mediaopt", "-mediaopt", "mode"})
# Words of ifconfig(8) that do something else, with the number of their arguments. What is no
# word of it is taken for an address, and ifconfig stops there: "bad value".
OTHERS = {
    word: arguments
    for arguments, words in {
        0: "-arp staticarp -staticarp stickyarp -stickyarp debug -debug link0 -link0 link1 -link1"
        " link2 -link2 monitor -monitor promisc -promisc permanent_promisc eui64 anycast -anycast"
        " tentative -tentative deprecated -deprecated autoconf -autoconf no_dad -no_dad"
        " prefer_source -prefer_source stp -stp -description -descr -alias delete remove"
        " destroy deletetunnel toe -toe toe4 -toe4 toe6 -toe6 netcons -netcons wol_ucast"
        " -wol_ucast wol_mcast -wol_mcast txrtlmt -txrtlmt hwrxtstmp -hwrxtstmp mextpg -mextpg"
        " txtls -txtls rxtls -rxtls txtlsrtlmt -txtlsrtlmt vxlanhwcsum -vxlanhwcsum vxlanhwtso"
        " -vxlanhwtso -vlandev -vnet flush flushall defer -defer",
        1: "metric fib tunnelfib group -group name vnet dstaddr destination pltime vltime"
        " instance inst maclabel vlanproto vlanpcp -vlanpcp deletem span -span private"
        " -private edge -edge autoedge -autoedge ptp -ptp autoptp -autoptp sticky -sticky"
        " discover -discover learn -learn maxaddr timeout hellotime fwddelay maxage priority"
        " proto holdcnt ssid bssid channel country regdomain wlandev wlanmode wlanaddr authmode"
        " txpower syncdev syncpeer laggtype peer6 carpmode",
        2: "tunnel static ifpriority ifpathcost ifmaxaddr",
    }.items()
    for word in words.split()
}


def near_words(word: str) -> list[str]:
    """Return the word of a lagg's line that a word unknown to ifconfig is likely to be."""
    if word in OTHERS:
        return []
    known = (*LAGG_WORDS, *SWITCHES, *HARMLESS)
    return difflib.get_close_matches(word, known, 1, 0.75)
