"""What ifconfig prints of a LAGG and its ports, and the causes that are found in such a text."""

from __future__ import annotations

import enum
import re

from lagg_tool.ifconfig import parse
from lagg_tool.lagg.diagnosis import Finding, diagnose, see

FLAGS = "flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500"
FULL = "<full-duplex>"
WORKS = (
    "1c<ACTIVE,COLLECTING,DISTRIBUTING>",
    "3d<ACTIVITY,AGGREGATION,SYNC,COLLECTING,DISTRIBUTING>",
)
WAITS = ("0<>", "45<ACTIVITY,AGGREGATION,DEFAULTED>")
OUT = ("0<>", "41<ACTIVITY,DEFAULTED>")
PARTNER = "(8000,02-00-5E-00-53-FF,0017,8000,0001)"
NOBODY = "(FFFF,00-00-00-00-00-00,0000,FFFF,0000)"


def port(name: str, media: str = f"autoselect (1000baseT {FULL})", *lines: str) -> str:
    media_line = f"\tmedia: Ethernet {media}\n" if media else ""
    rest = "".join(f"\t{line}\n" for line in lines or ("status: active",))
    return f"{name}: {FLAGS}\n\tether 02:00:5e:00:53:01\n{media_line}{rest}"


def lacp(
    *ports: tuple[str, tuple[str, str], int, str], more: str = "", status: str = "active"
) -> str:
    rows = "".join(
        f"\tlaggport: {name} flags={flags} state={state}\n"
        f"\t\t[(8000,02-00-5E-00-53-01,{key:04X},8000,{number:04X}),\n\t\t {partner}]\n"
        for number, (name, (flags, state), key, partner) in enumerate(ports, 1)
    )
    return (
        f"lagg0: {FLAGS}\n\tether 02:00:5e:00:53:01\n{more}\tlaggproto lacp lagghash l2,l3,l4\n"
        f"{rows}\tgroups: lagg\n\tmedia: Ethernet autoselect\n\tstatus: {status}\n"
    )


def healthy(more: str = "") -> str:
    return lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", WORKS, 0x16B, PARTNER), more=more)


def plain(text: str) -> str:
    """Return what ifconfig without -v would have printed."""
    text = re.sub(r" state=\S+$", "", text, flags=re.M)
    return re.sub(r"^\t\t.*\n", "", text, flags=re.M)


def found(text: str, *dmesg: str) -> list[Finding]:
    return list(diagnose(see("lagg0", parse(text), dmesg)))


def causes(text: str, *dmesg: str) -> list[tuple[enum.Enum, str]]:
    return [(finding.cause, finding.where) for finding in found(text, *dmesg)]


FAILOVER = (
    port("em0")
    + port("em1")
    + (
        f"lagg0: {FLAGS}\n\tether 02:00:5e:00:53:01\n\tlaggproto failover lagghash l2,l3,l4\n"
        "\tlaggport: em0 flags=5<MASTER,ACTIVE>\n\tlaggport: em1 flags=0<>\n\tstatus: active\n"
    )
)
