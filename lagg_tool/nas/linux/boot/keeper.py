"""Which program keeps the network of a host, and which of its files are ours. Pure.

A file of ours begins with a line that says so; no other file is ever written or removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lagg_tool.bond.state import BondHost
from lagg_tool.nas.linux.boot import ifupdown, networkd, networkmanager
from lagg_tool.nas.linux.boot.own import mark, text_of
from lagg_tool.nas.linux.config import BondConfig
from lagg_tool.nas.linux.layout import ETC

# The words of nas/linux/scripts/facts.sh, with what writes a bond for each.
_KEEPERS = {
    "ifupdown": ("ifupdown (/etc/network/interfaces)", ifupdown),
    "networkd": ("systemd-networkd", networkd),
    "networkmanager": ("NetworkManager", networkmanager),
}
# What keeps the network by means that this tool does not write.
_OTHERS = {
    "truenas": "the middleware of TrueNAS keeps the network in its database",
    "netplan": "netplan keeps the network, and writes the files of others at each boot",
}
WAY_OUT = "--runtime-only makes a change that a reboot undoes"


@dataclass(frozen=True)
class Keeper:
    """A program that keeps the network of the host."""

    word: str

    @property
    def title(self) -> str:
        """How messages call it."""
        return _KEEPERS[self.word][0] if self.word in _KEEPERS else self.word

    def files(self, config: BondConfig) -> dict[str, str]:
        """Return the texts of the files that make the bond at boot, by path below /etc."""
        texts = _KEEPERS[self.word][1].files(config)
        return {path: f"{mark(config.name)}{text}" for path, text in texts.items()}

    def problems(self, config: BondConfig, host: BondHost) -> Iterator[str]:
        """Yield why the files would not do what they say."""
        yield from _KEEPERS[self.word][1].problems(config, host)

    def mentions(self, name: str, host: BondHost) -> list[str]:
        """Return where files that are not ours configure an interface."""
        return [
            f"{path}:{number} ({line.strip()})"
            for path, lines in host.files.items()
            if not text_of(lines).startswith("# lagg_tool ")
            for number, line in _KEEPERS[self.word][1].about(path, lines, name)
        ]


def keepers_of(host: BondHost) -> tuple[Keeper, ...]:
    """Return what keeps the network of the host; an ifupdown that has only lo does not."""
    found = [word for word in (*_KEEPERS, *_OTHERS) if word in host.tools]
    if len(found) > 1 and not ifupdown.keeps(host):
        found = [word for word in found if word != "ifupdown"]
    return tuple(Keeper(word) for word in found)


def keeper_for(names: Sequence[str], host: BondHost) -> tuple[Keeper | None, str]:
    """Return what keeps these interfaces, or None and why it is not known."""
    found = keepers_of(host)
    for other, why in _OTHERS.items():
        if any(keeper.word == other for keeper in found):
            return None, f"{why}; {WAY_OUT}"
    if len(found) > 1:
        named = [keeper for keeper in found if any(keeper.mentions(name, host) for name in names)]
        found = tuple(named) if len(named) == 1 else found
    if len(found) == 1:
        return found[0], ""
    if not found:
        known = ", ".join(title for title, _ in _KEEPERS.values())
        return None, f"no program is there that is known to keep the network ({known}); {WAY_OUT}"
    titles = " and ".join(keeper.title for keeper in found)
    return None, (
        f"{titles} keep the network, and it is not known which of them keeps"
        f" {', '.join(names)}; {WAY_OUT}"
    )


def own_files(name: str, host: BondHost) -> Mapping[str, str]:
    """Return the files of ours that are about a LAGG, by path below /etc."""
    texts = {path: text_of(lines) for path, lines in host.files.items()}
    return {
        path.removeprefix(f"{ETC}/"): text
        for path, text in texts.items()
        if text.startswith(mark(name))
    }
