"""What a virtual machine's console says, for a person to read."""

from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.testbed.qemu.machine import readable

# As GRUB and systemd print them.
PAINTED = "\x1b[H\x1b[J\x1b[1;1HBooting\r\n\r\n\x1b[0;1;32m  OK  \x1b[0m] Started ssh\r\nlogin: "


def test_what_paints_the_screen_is_left_out() -> None:
    assert readable(PAINTED) == ["Booting", "OK  ] Started ssh", "login:"]


@given(st.text(alphabet=st.characters(max_codepoint=0xFF)))
def test_nothing_is_left_that_moves_a_cursor(text: str) -> None:
    lines = readable(text)

    assert all(line.strip() == line != "" for line in lines)
    assert not any(ord(character) < 0x20 for line in lines for character in line)


@given(st.lists(st.text(alphabet=st.characters(categories=["L", "N", "P"]), min_size=1)))
def test_plain_lines_stay_as_they_are(lines: list[str]) -> None:
    assert readable("\r\n".join(lines)) == lines
