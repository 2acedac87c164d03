"""The words that choose a medium: media, mediaopt (sbin/ifconfig/ifmedia.c)."""

from __future__ import annotations

from functools import partial

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.media import Media, MediaType
from lagg_tool.simulator.programs.ifconfig.session import IfconfigError, Session, reporting
from lagg_tool.simulator.programs.ifconfig.word import Arguments, Word

# Lower case; the aliases are those that rc.conf files have (net/if_media.h).
_TYPES = {each.value.lower(): each for each in MediaType} | {
    "auto": MediaType.AUTO,
    "10baset": MediaType.T10,
    "100tx": MediaType.TX100,
    "1000basetx": MediaType.T1000,
}
_FULL = frozenset({"full-duplex", "fdx"})


def _choose_type(session: Session, value: str) -> None:
    chosen = _TYPES.get(value.lower())
    if chosen is None:
        raise IfconfigError(f"unknown media subtype: {value}")
    _wanted(session)
    _choose(session, Media(chosen))  # its options come behind it


def _choose_option(session: Session, value: str, *, on: bool) -> None:
    if value not in _FULL:
        raise IfconfigError(f"unknown option: {value}")
    _choose(session, Media(_wanted(session).type, on))


def _wanted(session: Session) -> Media:
    """Return what the words before this one chose, or what is chosen now (ifmedia_getstate)."""
    status = session.interface.media_status()
    if status is None:
        with reporting("SIOCGIFMEDIA"):
            raise KernelError(Errno.EINVAL)
    return session.media or status.current


def _choose(session: Session, media: Media) -> None:
    """Have it set once, behind all words (setifmediacallback)."""
    if session.media is None:
        session.callbacks.append(partial(_set, session))
    session.media = media


def _set(session: Session) -> None:
    with reporting("SIOCSIFMEDIA (media)"):
        session.demand_privilege()
        if session.media is not None:
            session.interface.choose_media(session.media)


MEDIA_WORDS = {
    "media": Word(Arguments.ONE, _choose_type),
    "mediaopt": Word(Arguments.ONE, partial(_choose_option, on=True)),
    "-mediaopt": Word(Arguments.ONE, partial(_choose_option, on=False)),
}
