"""TOML of others: whatever it is, a dictionary or a DocumentError, in bounded time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.claims.defects import parse_defects
from lagg_tool.claims.document import parse_claims
from lagg_tool.claims.requirements import parse_requirements
from lagg_tool.clock import SystemClock
from lagg_tool.errors import DocumentError
from lagg_tool.lagg.toml import parse_specs
from lagg_tool.toml_text import LARGEST, parse_toml

SPEC = 'name = "lagg0"\nprotocol = "failover"\nports = ["vtnet1"]\n'
SECONDS = 60.0  # for each, however busy the machine is; some took minutes
READERS: list[Callable[[str], object]] = [
    lambda text: parse_specs(text, "lagg0.toml"),
    lambda text: parse_claims("article.toml", text),
    lambda text: parse_requirements("lacp.toml", text),
    lambda text: parse_defects("defects.toml", text),
]
HOSTILE = {
    "a long number": f"mtu = {'9' * 5000}",
    "a number of 65 bits": f"mtu = {1 << 65}",
    "a long hexadecimal number": f"mtu = 0x{'f' * 50_000}",
    "a long number in a table": f"[[claim]]\nsource = [{{ paragraph = 0x{'f' * 50_000} }}]",
    "deep arrays": f"ports = {'[' * 30_000}",
    "deep tables": f"ports = {'{a=' * 20_000}",
    "a key of many parts": f"{'.'.join(['a'] * 30_000)} = 1",
    "a key of many quoted parts": f"""{".".join(['"a b"'] * 10_000)} = 1""",
    "a table of many parts": f"[{' . '.join(['a'] * 15_000)}]",
    "a key of many parts in a table": f"x = {{ {'.'.join(['a'] * 30_000)} = 1 }}",
    "many unknown keys": "\n".join(f"k{number} = 1" for number in range(6000)),
    "many ports": f"ports = [{', '.join(['1'] * 20_000)}]",
    "many addresses": "addresses = ["
    + ", ".join(f'"10.{n >> 8}.{n & 255}.1/24"' for n in range(3000))
    + "]",
    "a long word": "a" * 60_000,
    "many quotes": '"' * 60_000,
    "many dots": "." * 60_000,
    "too much": "#" * (LARGEST + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("reader", READERS, ids=["spec", "claims", "requirements", "defects"])
def test_a_hostile_text_is_refused_at_once(reader: Callable[[str], object], name: str) -> None:
    clock = SystemClock()
    begin = clock.now()

    with pytest.raises(DocumentError) as caught:
        reader(HOSTILE[name])
    message = str(caught.value)

    assert clock.now() - begin < SECONDS
    assert len(message) < 10_000


def test_a_long_number_is_named_with_its_line() -> None:
    with pytest.raises(DocumentError, match=r"^lagg0\.toml:4: mtu: the number is too long"):
        parse_specs(f"{SPEC}mtu = 0x{'f' * 5000}\n", "lagg0.toml")


def test_the_errors_of_a_specification_are_counted_beyond_twenty() -> None:
    text = SPEC + "".join(f"k{number} = 1\n" for number in range(30))

    with pytest.raises(DocumentError, match=r"(?s)k19 = 1: .*lagg0\.toml: 10 more$"):
        parse_specs(text, "lagg0.toml")


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(DocumentError, match=r"9…: an MTU"):
        parse_specs(f'{SPEC}mtu = "{"9" * 5000}"\n', "lagg0.toml")


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse_toml("a.toml", "\ufeffa = 1") == {"a": 1}


@pytest.mark.parametrize("number", [-(1 << 63), (1 << 63) - 1])
def test_a_number_of_64_bits_is_read(number: int) -> None:
    assert parse_toml("a.toml", f"a = {number}") == {"a": number}


PIECES = st.sampled_from(
    [
        *"[]{}=.,\"'\n#_ ",
        "a",
        "0x",
        "9" * 4400,
        "[[",
        "]]",
        '"""',
        "'''",
        "\\u",
        "1979-05-27",
        "inf",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_text_is_a_dictionary_or_a_document_error(text: str) -> None:
    with contextlib.suppress(DocumentError):
        assert isinstance(parse_toml("a.toml", text), dict)
