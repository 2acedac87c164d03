"""Texts that were handed on twice, or came with capitals where ifconfig has small letters."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from lagg_tool.ifconfig import parse
from tests.cases.test_ifconfig_texts import PRINTED, facts
from tests.cases.test_pasted_texts import DAMAGE

_SHORT = "".join(re.findall(r"(?ms)^(?:ix0|lagg0|vlan5):.*?(?=^\w)", PRINTED))


def _each_mac(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: re.sub(
        r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", lambda m: change(m[0]), text
    )


def _each_name(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: re.sub("<[A-Z0-9_,]+>", lambda m: change(m[0]), text)


# Capitals and separators as other programs, keyboards and people have them.
LETTERS: dict[str, Callable[[str], str]] = {
    "addresses in capitals": _each_mac(str.upper),
    "addresses with dashes": _each_mac(lambda mac: mac.lower().replace(":", "-")),
    "addresses of Windows": _each_mac(lambda mac: mac.upper().replace(":", "-")),
    "addresses with colons": _each_mac(lambda mac: mac.lower().replace("-", ":")),
    "peers in small letters": lambda text: re.sub(
        r"\([0-9A-F]{4},.*?\)", lambda m: m[0].lower(), text
    ),
    "names in small letters": _each_name(str.lower),
    "names with one capital": _each_name(str.title),
    "masks in capitals": lambda text: re.sub("0x[0-9a-f]{8}", lambda m: m[0].upper(), text),
    "a capital in each line": lambda text: re.sub(
        r"(?m)^(\t+)([a-z])", lambda m: m[1] + m[2].upper(), text
    ),
}


@pytest.mark.parametrize("how", LETTERS)
def test_no_fact_of_ifconfig_is_lost_by_capitals(how: str) -> None:
    pasted = LETTERS[how](_SHORT)

    assert pasted != _SHORT
    assert facts(pasted) == facts(_SHORT)
    assert parse(pasted).text == pasted


# Two of them one after the other. What is left out nobody does in this order: a terminal and a
# mail program have no blanks or line ends but their own, and no source is typed again as one.
_FIRST = sorted({*DAMAGE} - {"CR", "CR CR LF", "line separators", "bracketed paste", "colours"})
_SOURCES = {name for name in DAMAGE if name.startswith("as ")}
_BLANKS = {"wide blanks", "Latin-1 blanks", "misread blanks", "entities of blanks"}
_AROUND = {"prompt before it", "words before it"}
_BROKEN = {name for name in DAMAGE if name.startswith(("mail of", "terminal of"))}


def _unlikely(first: str, second: str) -> bool:
    return (
        first == second
        or bool(_SOURCES & {first, second})
        or (first in _BLANKS and second in _BROKEN)
        or (first in _BROKEN and second in _BROKEN)
        or (first in {"diff", "grep -n"} and second in _AROUND)
        or second in {"bold", "Markdown"}
    )


@pytest.mark.parametrize("second", DAMAGE)
def test_no_fact_of_ifconfig_is_lost_on_the_way_of_two(second: str) -> None:
    lost = []
    # A fifth of all, another one for each: together these are some hundreds of pairs.
    for first in _FIRST[[*DAMAGE].index(second) % 5 :: 5]:
        if not _unlikely(first, second):
            pasted = DAMAGE[second](DAMAGE[first](_SHORT))
            if facts(pasted) != facts(_SHORT) or parse(pasted).text != pasted:
                lost.append(first)

    assert lost == []
