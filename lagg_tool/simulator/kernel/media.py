"""Media words and media status (sys/net/if_media.h)."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class MediaType(enum.Enum):
    """The subtype of an Ethernet medium; the value is the word that ifconfig prints."""

    AUTO = "autoselect"
    NONE = "none"
    T10 = "10baseT/UTP"
    TX100 = "100baseTX"
    T1000 = "1000baseT"
    T10G = "10Gbase-T"

    @property
    def megabits(self) -> int:
        """The speed; 0 where the word does not tell."""
        return _MEGABITS.get(self, 0)


_MEGABITS = {
    MediaType.T10: 10,
    MediaType.TX100: 100,
    MediaType.T1000: 1000,
    MediaType.T10G: 10000,
}


@dataclass(frozen=True)
class Media:
    """One medium, as chosen or as negotiated."""

    type: MediaType
    full_duplex: bool = False

    def __str__(self) -> str:
        return f"{self.type.value} <full-duplex>" if self.full_duplex else self.type.value


@dataclass(frozen=True)
class MediaStatus:
    """The answer to SIOCGIFMEDIA: what is chosen, what is in use, and whether there is carrier."""

    current: Media
    active: Media
    carrier: bool
    supported: tuple[Media, ...]  # in the order in which the kernel lists them
