"""What one command of ifconfig(8) does to an interface, word by word, in its order.

ifconfig acts on each word as it comes, and sets the address of the line at last: a line that
it does not finish has done a part (sbin/ifconfig/ifconfig.c).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lagg_tool.lagg import SWITCHES
from lagg_tool.nas.freebsd.boot.actions import ACTIONS, switch
from lagg_tool.nas.freebsd.boot.interface import BootInterface
from lagg_tool.nas.freebsd.boot.line import Line, StopError, UnknownWordError
from lagg_tool.nas.freebsd.boot.line_address import LINK, is_address, set_address
from lagg_tool.nas.freebsd.boot.variables import FAMILIES
from lagg_tool.nas.freebsd.boot.words import HARMLESS, NO_MEDIA_OF_LAGG, OFFLOAD_WORDS, OTHERS


def run_words(
    interface: BootInterface, words: list[str], others: Mapping[str, BootInterface]
) -> Iterator[str]:
    """Do what ``ifconfig INTERFACE WORDS`` does; yield the words that are not understood.

    Raises StopError with the word at which ifconfig stops.
    """
    line = Line(rest=list(words))
    if line.rest and line.rest[0] in ("create", "plumb"):
        # main() of ifconfig.c: alone it fails, and before other words it is left out.
        del line.rest[0]
        if not line.rest:
            raise StopError(words[0])
    if line.rest and line.rest[0] in FAMILIES:
        line.family = line.rest.pop(0)
    while line.rest:
        word = line.rest.pop(0)
        try:
            _act(interface, word, line, others)
        except UnknownWordError as unknown:
            yield word
            if unknown.stops:
                return
    set_address(interface, line)


def _act(
    interface: BootInterface, word: str, line: Line, others: Mapping[str, BootInterface]
) -> None:
    action = ACTIONS.get(word)
    if action is not None:
        action(interface, line, word, others)
    elif word.removeprefix("-") in SWITCHES:
        switch(interface, word)
    elif word.removeprefix("-") in OFFLOAD_WORDS:
        interface.offloads.append(word)
    elif word in HARMLESS and not (interface.lagg and word in NO_MEDIA_OF_LAGG):
        line.alias = line.alias or word in ("alias", "add")
        del line.rest[: HARMLESS[word]]
    elif word in FAMILIES:
        raise StopError(word)  # the name of a family is one only as the first word
    elif (is_address(word, line.family) and not line.address) or (
        line.family in LINK and not line.address
    ):
        line.address = word
    elif word in OTHERS:
        del line.rest[: OTHERS[word]]
        raise UnknownWordError(word)
    elif not (line.address and is_address(word, line.family)):  # the other end's, or a broadcast
        raise UnknownWordError(word, stops=True)
