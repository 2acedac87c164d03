"""Archives as the kernel reads them, by a reader of the format written for this test."""

import stat

from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.testbed.linux_vm.cpio import Archive

NAMES = st.text("abc", min_size=1, max_size=5)


def entries(data: bytes) -> dict[str, tuple[int, bytes]]:
    """Return mode and content by name, up to the trailer."""
    found: dict[str, tuple[int, bytes]] = {}
    at = 0
    while True:
        assert data[at : at + 6] == b"070701"
        fields = [int(data[at + 6 + 8 * i : at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, length = fields[1], fields[6], fields[11]
        name = data[at + 110 : at + 110 + length - 1].decode()
        assert data[at + 110 + length - 1] == 0
        at += (110 + length + 3) // 4 * 4
        if name == "TRAILER!!!":
            return found
        assert name not in found
        found[name] = (mode, data[at : at + size])
        at += (size + 3) // 4 * 4


def test_files_links_and_devices_are_there_with_their_directories() -> None:
    archive = Archive()
    archive.directory("root", 0o700)
    archive.file("root/.ssh/authorized_keys", b"key\n", 0o600)
    archive.link("bin/sh", "dash")
    archive.device("dev/console", 5, 1)

    found = entries(archive.data)

    assert list(found) == [
        *("root", "root/.ssh", "root/.ssh/authorized_keys", "bin", "bin/sh", "dev"),
        "dev/console",
    ]
    assert found["root"] == (stat.S_IFDIR | 0o700, b"")
    assert found["root/.ssh/authorized_keys"] == (stat.S_IFREG | 0o600, b"key\n")
    assert found["bin/sh"] == (stat.S_IFLNK | 0o777, b"dash")
    assert stat.S_ISCHR(found["dev/console"][0])
    assert b"0000000500000001" in archive.data


@given(st.dictionaries(NAMES, st.binary(max_size=9)))
def test_every_file_reads_as_it_was_written(files: dict[str, bytes]) -> None:
    archive = Archive()
    for name, data in files.items():
        archive.file(f"d/{name}", data)

    found = entries(archive.data)

    assert {name: data for name, (mode, data) in found.items() if stat.S_ISREG(mode)} == {
        f"d/{name}": data for name, data in files.items()
    }
    assert len(archive.data) % 4 == 0
