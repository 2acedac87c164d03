"""The module (SFP, QSFP) in a port, as sfp.c prints it with ``ifconfig -v``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lagg_tool.ifconfig.lines import Keyed

# FreeBSD 12 writes "RX: 0.55 mW (-2.52 dBm) TX: …", 13 and later a "lane 1:" with "RX power:".
_POWER = re.compile(r"(RX|TX)(?: power)?: ([0-9.]+) mW \((-?[0-9.]+|-?inf) dBm\)")
_BIAS = re.compile(r"TX bias: ([0-9.]+) mA")
_VENDOR = re.compile(r"(.*?) ?PN: ?(.*?) ?SN: ?(.*?) ?DATE: ?(.*)")
_CLIMATE = re.compile(r"(-?[0-9.]+) C [Vv]oltage: ([0-9.]+) Volts")
_KEYS = frozenset(
    ("plugged", "vendor", "module temperature", "nominal bitrate", "compliance level", "class")
)

# Receivers of every 10G class and below need more than this (SFF-8472; -40 dBm is "nothing").
DARK = -30.0


@dataclass(frozen=True, slots=True)
class Lane:
    """The light of one lane: milliwatts and dBm in each direction, the laser's bias in mA."""

    name: str
    rx_mw: float | None = None
    rx_dbm: float | None = None
    tx_mw: float | None = None
    tx_dbm: float | None = None
    bias_ma: float | None = None

    @property
    def is_dark(self) -> bool:
        """Whether the lane is measured and receives no light."""
        return self.rx_mw is not None and (self.rx_mw == 0.0 or (self.rx_dbm or 0.0) < DARK)


@dataclass(frozen=True, slots=True)
class Module:
    """What is plugged, by whom it was made, and its light lane by lane."""

    plugged: str = ""
    vendor: str = ""
    part: str = ""
    serial: str = ""
    date: str = ""
    temperature: float | None = None  # degrees Celsius
    voltage: float | None = None
    lanes: tuple[Lane, ...] = ()
    more: tuple[tuple[str, str], ...] = ()


def is_module_key(key: str) -> bool:
    """Return whether sfp.c prints a line with this key."""
    return key in _KEYS or key in {"RX", "TX"} or key.startswith("lane ")


def module_of(lines: Iterable[Keyed]) -> Module | None:
    """Return the module that these lines describe; None where there are none."""
    found = {line.key: line.value for line in lines if is_module_key(line.key)}
    if not found:
        return None
    vendor = _VENDOR.fullmatch(found.get("vendor", ""))
    climate = _CLIMATE.search(found.get("module temperature", ""))
    lanes: dict[str, str] = {}
    for line in lines:
        if line.key in {"RX", "TX"}:
            lanes["1"] = f"{lanes.get('1', '')} {line.key}: {line.value}"
        elif line.key.startswith("lane "):
            lanes[line.key[5:]] = f"{lanes.get(line.key[5:], '')} {line.value}"
    return Module(
        plugged=found.get("plugged", ""),
        vendor=vendor[1] if vendor else found.get("vendor", ""),
        part=vendor[2] if vendor else "",
        serial=vendor[3] if vendor else "",
        date=vendor[4] if vendor else "",
        temperature=float(climate[1]) if climate and _is_number(climate[1]) else None,
        voltage=float(climate[2]) if climate and _is_number(climate[2]) else None,
        lanes=tuple(_lane(name, words) for name, words in lanes.items()),
        more=tuple(
            (key, found[key])
            for key in ("nominal bitrate", "compliance level", "class")
            if key in found
        ),
    )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII) is not None


def _lane(name: str, words: str) -> Lane:
    milliwatts: dict[str, float] = {}
    dbm: dict[str, float] = {}
    for side, power, level in _POWER.findall(words):
        if _is_number(power):
            milliwatts[side] = float(power)
        if _is_number(level):
            dbm[side] = float(level)
    bias = _BIAS.search(words)
    return Lane(
        name,
        milliwatts.get("RX"),
        dbm.get("RX"),
        milliwatts.get("TX"),
        dbm.get("TX"),
        float(bias[1]) if bias and _is_number(bias[1]) else None,
    )
