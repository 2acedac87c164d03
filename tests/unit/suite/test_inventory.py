from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.errors import DocumentError, UsageError
from lagg_tool.suite.inventory import Entry, read_inventory, unique


def inventory(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "nas.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_targets_are_read_in_their_order_with_their_options(tmp_path: Path) -> None:
    path = inventory(
        tmp_path,
        '[[target]]\nurl = "sim:"\n[[target]]\nurl = "ssh://root@nas-1"\n'
        'host_key = "SHA256:x"\nports = ["em0", "em1"]\ndeadline = 60\n',
    )

    found = read_inventory(path)

    assert found == (
        Entry("sim:"),
        Entry("ssh://root@nas-1", {"host_key": "SHA256:x", "ports": "em0,em1"}, 60.0),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at least one"),
        ("x = 1", "tables"),
        ("[[target]]\n", "target 1: url"),
        ('[[target]]\nurl = "sim:"\nport = "em0"', "no key 'port'"),
        ('[[target]]\nurl = "sim:"\nports = "em0"', "list of names"),
        ('[[target]]\nurl = "sim:"\ndeadline = -1', "above zero"),
        ('[[target]]\nurl = "sim:"\ndeadline = true', "above zero"),
        ('[[target]]\nurl = "sim:"\nidentity = 1', "identity is a text"),
        ('[[target]]\nurl = "sim:"\nidentity = "a\\u0000b"', "identity = 'a\\x00b' has control"),
        ("[[target", "not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, words: str) -> None:
    path = inventory(tmp_path, text)

    with pytest.raises(DocumentError, match=r"nas\.toml") as caught:
        read_inventory(path)

    assert words in str(caught.value)


def test_one_nas_is_given_once() -> None:
    with pytest.raises(UsageError, match="sim: is given twice"):
        unique((Entry("sim:"), Entry("ssh://nas"), Entry("sim:")))


@given(text=st.text(alphabet='[]targeurl="12.\n x', max_size=60))
def test_any_text_is_an_inventory_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8")

    try:
        found = read_inventory(path)
    except DocumentError:
        return

    assert found
