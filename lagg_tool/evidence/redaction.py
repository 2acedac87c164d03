"""Takes out of a run what must not be published: names, addresses, numbers and keys.

Every value is replaced by the same stand-in wherever it occurs, in text and inside frames,
so that evidence can still be read: two ports stay two ports, a partner stays the same.

What stays, because it identifies no one: documentation addresses (RFC 5737, RFC 3849),
loopback, multicast, link-local addresses made of MAC addresses that stay, 10.0.2.0/24 (the
management network that QEMU and the simulated NAS give everybody), MAC addresses that are
locally administered, QEMU's 52:54:00, root and the system's own users.

First everything is read, to learn the names that are secret here (a host's name says so
only once, in ``uname``); then everything is replaced. A host's stand-in is made of a short
digest of its name, since runs are compared by target and must not fall together; all other
stand-ins are numbered.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from lagg_tool.evidence import (
    Event,
    FrameEvent,
    Results,
    ScenarioResult,
    StepResult,
    TargetResult,
)
from lagg_tool.evidence.redaction_frames import FrameRedactor
from lagg_tool.output import encodable

_OPEN4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.2.0/24",
            "127.0.0.0/8",
            "192.0.2.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, broadcast and netmasks
        ),
    )
)
_OPEN6 = tuple(map(IPv6Network, ("::/127", "2001:db8::/32", "ff00::/8")))
_LINK_LOCAL = IPv6Network("fe80::/10")

_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}(?![\w:])")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?![\w:])")
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_KEYS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=ssh-ed25519 )AAAA\S+|(?<=ssh-rsa )AAAA\S+|(?<=ecdsa-sha2-nistp256 )AAAA\S+"
    r"|(?<=SHA256:)[A-Za-z0-9+/]{20,}={0,2}|\bMD5:(?:[0-9a-f]{2}:){15}[0-9a-f]{2}",
    re.DOTALL,
)
_KEY_LINE = re.compile(r"[A-Za-z0-9+/]{12,}={0,2}")
_SECRET = re.compile(
    r"(?i)(\b[\w.-]*(?:password|passwd|passphrase|secret|token|api_?key|psk)\b"
    r"[\"']?\s*[:=]\s*[\"']?)([^\s\"',}]+)"
)
# What a NAS reports about itself; the first group is the value.
_SERIALS = re.compile(
    r"(?i)\b(?:[\w.-]*serial(?:[ _-]?(?:number|no|num))?|lunid|(?:kern\.)?hostid)"
    r"[\"']?\s*[:=#]\s*[\"']?([A-Za-z0-9][\w.-]{2,})"
)
# \udc80 to \udcff are bytes that are not UTF-8 (PEP 383): signs of a name in another encoding.
_SIGN = r"[\w\udc80-\udcff.-]"
_HOSTS = (
    re.compile(r"^(?:FreeBSD|Linux) ([A-Za-z]\S*) \d+\.\d", re.MULTILINE),
    re.compile(rf"(?i)\b(?:kern\.)?host_?name(?:_local|_virtual)?[\"']?\s*[:=]\s*[\"']?({_SIGN}+)"),
    re.compile(rf"\b[a-z_]{_SIGN}*@([A-Za-z0-9]{_SIGN}*)"),
    re.compile(rf"\bssh://(?:[^@\s/]+@)?([A-Za-z0-9]{_SIGN}*)"),
)
_USERS = (
    re.compile(rf"\buid=\d+\(({_SIGN}+)\)"),
    re.compile(rf"(?<![\w/])(?:/usr)?/home/({_SIGN}+)"),
    re.compile(rf"\b([A-Za-z_]{_SIGN}*)@[A-Za-z0-9]"),
    re.compile(rf"(?i)\b(?:user(?:name)?|login|SUDO_USER|LOGNAME)(?:=|\"\s*:\s*)\"?({_SIGN}+)"),
    re.compile(rf"^([a-z_]{_SIGN}*):[^:\n]*:[1-9]\d{{3,}}:\d+:", re.MULTILINE),
)
_STAND_IN = re.compile(r"host-[0-9a-f]{4}|(user|serial|key|secret)-\d+")
_OPEN_NAMES = frozenset(
    [
        "root",
        "nobody",
        "toor",
        "admin",
        "localhost",
        "sim",
        "freebsd",
        "linux",
        "truenas",
        "true",
        "false",
    ]
)
_OPEN_SUFFIXES = ("example", "example.com", "example.org", "example.net", "test", "invalid")


class Redactor:
    """Learns secrets with ``learn`` and replaces them with ``text`` and ``frame``."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._macs: dict[bytes, bytes] = {}
        self._networks4: dict[int, int] = {}
        self._networks6: dict[int, int] = {}
        self._counts: dict[str, int] = {}
        self._pattern: re.Pattern[str] | None = None
        # Texts repeat in a run; what is known of one holds until a new word is learnt.
        self._heard: set[str] = set()
        self._texts: dict[str, str] = {}
        self._frames_seen: dict[bytes, bytes] = {}
        self._frames = FrameRedactor(self.mac, self.address)

    def learn(self, text: str) -> None:
        """Note every name, serial number and user that ``text`` shows to be one."""
        if text in self._heard:
            return
        self._heard.add(text)
        for pattern in _HOSTS:
            for found in pattern.findall(text):
                self._host(found)
        for pattern in _USERS:
            for found in pattern.findall(text):
                self._name("user", found)
        for found in _SERIALS.findall(text):
            self._name("serial", found)
        for match in _KEYS.finditer(text):  # a log may show the lines of a key one by one
            for line in match[0].split():
                if _KEY_LINE.fullmatch(line):
                    self._name("key", line)

    def text(self, text: str) -> str:
        """Return ``text`` with every secret replaced."""
        if text not in self._texts:
            self._texts[text] = self._replaced(text)
        return self._texts[text]

    def _replaced(self, text: str) -> str:
        text = _KEYS.sub(lambda m: self._stand_in("key", m[0]), text)
        text = _SECRET.sub(lambda m: m[1] + self._stand_in("secret", m[2]), text)
        text = _UUID.sub(lambda m: self._uuid(m[0]), text)
        if self._words:
            if self._pattern is None:
                words = sorted(self._words, key=len, reverse=True)
                choice = "|".join(map(re.escape, words))
                self._pattern = re.compile(rf"(?<![\w.])(?:{choice})(?![\w-])")
            text = self._pattern.sub(lambda m: self._words[m[0]], text)
        text = _MAC.sub(self._mac_text, text)
        text = _IPV6.sub(lambda m: self._address_text(m[0]), text)
        # A program may print other bytes than those of UTF-8, which is that of results.
        return encodable(_IPV4.sub(lambda m: self._address_text(m[0]), text))

    def frame(self, frame: bytes) -> bytes:
        """Return a frame with its addresses and the known names replaced."""
        if frame not in self._frames_seen:
            names = {_bytes(k): v.encode() for k, v in self._words.items() if len(k) > 3}
            self._frames_seen[frame] = self._frames.frame(frame, names)
        return self._frames_seen[frame]

    def mac(self, address: bytes) -> bytes:
        """Return the stand-in of a MAC address of six bytes, or itself if it may stay."""
        if address[0] & 0x03 or not any(address) or address[:3] == b"\x52\x54\x00":
            return address  # group or locally administered (802-2014, 8.2), or without an owner
        if address not in self._macs:
            number = len(self._macs) + 1
            self._macs[address] = b"\x02\x5e\xd0" + number.to_bytes(3, "big")
        return self._macs[address]

    def address(self, address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
        """Return the stand-in of an address; its place in its network stays."""
        if isinstance(address, IPv4Address):
            if any(address in network for network in _OPEN4):
                return address
            number = self._networks4.setdefault(int(address) >> 8, len(self._networks4))
            return IPv4Address((198 << 24) + (18 << 16) + (number << 8) + (int(address) & 0xFF))
        if any(address in network for network in _OPEN6):
            return address
        if address.ipv4_mapped:
            return address  # the dotted part is replaced as what it is
        low = self._interface_identifier(address.packed[8:])
        if address in _LINK_LOCAL:
            return IPv6Address(address.packed[:8] + low)
        number = self._networks6.setdefault(int(address) >> 64, len(self._networks6) + 1)
        return IPv6Address(bytes.fromhex("20010db8ffff") + number.to_bytes(2, "big") + low)

    def _interface_identifier(self, low: bytes) -> bytes:
        """Replace the MAC address inside an EUI-64 (RFC 4291, appendix A)."""
        if low[3:5] != b"\xff\xfe":
            return low
        inside = self.mac(bytes([low[0] ^ 2]) + low[1:3] + low[5:])
        return bytes([inside[0] ^ 2]) + inside[1:3] + b"\xff\xfe" + inside[3:]

    def _mac_text(self, match: re.Match[str]) -> str:
        separator = match[1]
        address = bytes.fromhex(match[0].replace(separator, ""))
        text = self.mac(address).hex(separator)
        return text.upper() if match[0].upper() == match[0] else text

    def _address_text(self, text: str) -> str:
        tail = ":" if text.endswith(":") and not text.endswith("::") else ""  # "from fd00::1: "
        text = text.removesuffix(tail)
        try:
            address = IPv6Address(text) if ":" in text else IPv4Address(text)
        except AddressValueError:
            return text + tail
        replaced = self.address(address)
        return (text if replaced == address else str(replaced)) + tail

    def _host(self, name: str) -> None:
        name = name.strip(".")
        bare = name.lower()
        if not name or bare in _OPEN_NAMES or bare.startswith("truenas."):
            return
        if any(bare == s or bare.endswith(f".{s}") for s in _OPEN_SUFFIXES):
            return
        if _IPV4.fullmatch(name) and self._address_text(name) == name:
            return
        digest = hashlib.sha256(_bytes(bare)).hexdigest()[:4]
        self._add(name, f"host-{digest}")
        short, dot, _ = name.partition(".")
        if dot and not short.isdigit() and len(short) > 2 and short.lower() not in _OPEN_NAMES:
            self._add(short, f"host-{digest}")

    def _name(self, kind: str, name: str) -> None:
        counts = kind == "serial" and len(name) > 4
        if name.lower() not in _OPEN_NAMES and len(name) > 1 and (counts or not name.isdigit()):
            self._add(name, self._stand_in(kind, name))

    def _add(self, word: str, stand_in: str) -> None:
        if not _STAND_IN.fullmatch(word):
            self._words.setdefault(word, stand_in)
            self._pattern = None
            self._texts.clear()
            self._frames_seen.clear()

    def _stand_in(self, kind: str, value: str) -> str:
        if _STAND_IN.fullmatch(value):
            return value
        key = f"{kind}\0{value}"
        if key not in self._counts:
            count = sum(known.startswith(f"{kind}\0") for known in self._counts)
            self._counts[key] = count + 1
        return f"{kind}-{self._counts[key]}"

    def _uuid(self, value: str) -> str:
        number = int(self._stand_in("uuid", value.lower()).rpartition("-")[2])
        return f"00000000-0000-4000-8000-{number:012x}"


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogateescape")


def redacted(results: Results) -> Results:
    """Return a run with nothing in it that identifies a host, its network or its users."""
    redactor = Redactor()
    for target in results.targets:
        learn_target(redactor, target)
    redactor.learn(results.command)
    for scenario in results.scenarios:
        learn_scenario(redactor, scenario)
    features = tuple(
        dataclasses.replace(
            feature, scenarios=tuple(_scenario(redactor, s) for s in feature.scenarios)
        )
        for feature in results.features
    )
    return dataclasses.replace(
        results,
        command=redactor.text(results.command),
        targets=tuple(_target(redactor, target) for target in results.targets),
        features=features,
        verdicts=tuple(
            dataclasses.replace(
                verdict,
                target=redactor.text(verdict.target),
                reason=redactor.text(verdict.reason),
            )
            for verdict in results.verdicts
        ),
    )


def learn_target(redactor: Redactor, target: TargetResult) -> None:
    """Note what a target's address and facts show about it."""
    redactor.learn(target.url)
    host = urlsplit(target.url).hostname
    if target.url.startswith("ssh:") and host:
        redactor.learn(f"ssh://{host}")
    for text in (target.os, *target.facts.values()):
        redactor.learn(text)
    for key, value in target.facts.items():
        redactor.learn(f"{key}: {value}")


def learn_scenario(redactor: Redactor, scenario: ScenarioResult) -> None:
    """Note what the host printed in a scenario."""
    redactor.learn(scenario.reason)
    for step in scenario.steps:
        redactor.learn(step.reason)
        for event in step.evidence:
            for text in _texts(event).values():
                redactor.learn(text)


def _texts(event: Event) -> dict[str, str]:
    """Return the fields of an event that may show something, by their names."""
    return {
        field.name: value
        for field in dataclasses.fields(event)
        if isinstance(value := getattr(event, field.name), str)
        and field.name not in {"kind", "hex", "direction"}
    }


def _target(redactor: Redactor, target: TargetResult) -> TargetResult:
    return dataclasses.replace(
        target,
        id=redactor.text(target.id),
        url=redactor.text(target.url),
        os=redactor.text(target.os),
        facts={key: redactor.text(value) for key, value in target.facts.items()},
    )


def _scenario(redactor: Redactor, scenario: ScenarioResult) -> ScenarioResult:
    return dataclasses.replace(
        scenario,
        target=redactor.text(scenario.target),
        reason=redactor.text(scenario.reason),
        steps=tuple(_step(redactor, step) for step in scenario.steps),
    )


def _step(redactor: Redactor, step: StepResult) -> StepResult:
    return dataclasses.replace(
        step,
        reason=redactor.text(step.reason),
        evidence=tuple(_event(redactor, event) for event in step.evidence),
    )


def _event(redactor: Redactor, event: Event) -> Event:
    texts = {name: redactor.text(text) for name, text in _texts(event).items()}
    if isinstance(event, FrameEvent):
        texts["hex"] = redactor.frame(bytes.fromhex(event.hex)).hex()
    return dataclasses.replace(event, **texts)  # type: ignore[arg-type]
