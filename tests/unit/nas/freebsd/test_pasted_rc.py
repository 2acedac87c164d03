"""What a comment of rc.conf says is no variable, wherever the file was copied from."""

from __future__ import annotations

import pytest

from lagg_tool.nas.freebsd.boot.pasted_rc import rc_text
from lagg_tool.nas.freebsd.boot.rc_file import read_rc_file


@pytest.mark.parametrize(
    "comment",
    [
        '="up" # was ifconfig_em0="down"',
        "=up # ifconfig_em0=down",
        "='up'\t# mtu=9000, for the 5\" disk",
        '="up"\n# ifconfig_em0="down"',
        '="up"\n  #ifconfig_em0="down"',
    ],
)
@pytest.mark.parametrize("before", ["", "> ", "12: "])
def test_a_comment_sets_nothing(comment: str, before: str) -> None:
    text = f'ifconfig_em0{comment}\ncloned_interfaces="lagg0"\n'
    copied = "".join(f"{before}{line}\n" for line in text.splitlines())

    assert read_rc_file(rc_text(copied)).variables == {
        "ifconfig_em0": "up",
        "cloned_interfaces": "lagg0",
    }
