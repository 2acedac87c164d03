"""Numbers in text, as C's library reads them."""

from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.simulator.system.numbers import integer, leading_decimal, leading_integer


@given(st.integers(-(1 << 31), (1 << 31) - 1), st.sampled_from(["d", "#x", "o"]))
def test_integers_are_read_in_the_bases_of_strtol(value: int, form: str) -> None:
    text = format(value, form)
    if form == "o":
        text = text.replace("-", "-0") if value < 0 else "0" + text

    assert integer(text) == value


@given(st.text(max_size=8))
def test_no_text_breaks_the_reading_of_integers(text: str) -> None:
    value = integer(text)

    assert value is None or isinstance(value, int)


def test_what_follows_a_number_is_told() -> None:
    assert leading_integer(" -0x1fz") == (-31, "z")
    assert leading_integer("08") == (0, "8")
    assert leading_integer("x") is None
    assert leading_decimal("010 apples") == 10
    assert leading_decimal("apples") == 0


def test_a_number_of_any_length_is_read() -> None:
    assert (integer("9" * 9000) or 0) > 1 << 64
    assert leading_decimal("9" * 9000) > 1 << 64
