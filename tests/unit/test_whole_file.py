"""A file is written whole or not at all, and a name that cannot be written is known before."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from lagg_tool import whole_file
from lagg_tool.cli import main
from lagg_tool.errors import UsageError
from lagg_tool.whole_file import check_writable, read_whole, write_whole
from tests.support.full_disk import full_disk

LONG = b"x" * 20_000


@pytest.mark.parametrize("new", [True, False])
def test_a_full_disk_leaves_no_part_of_a_file(new: bool, tmp_path: Path) -> None:
    with full_disk(5000), pytest.raises(OSError, match="File too large") as failed:
        write_whole(tmp_path / "report", LONG, new=new)

    assert failed.value.filename == str(tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_directory_that_was_not_there(tmp_path: Path) -> None:
    with full_disk(5000), pytest.raises(OSError, match="File too large"):
        write_whole(tmp_path / "a" / "b" / "file", LONG, new=True)

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_bytes(b"the one before")

    with full_disk(5000), pytest.raises(OSError, match="File too large"):
        write_whole(file, LONG)

    assert file.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_takes_the_place_of_another_has_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_bytes(b"")
    file.chmod(0o640)

    write_whole(file, b"new")

    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o640)


@pytest.mark.parametrize("there", [True, False])
def test_what_is_at_the_end_of_a_link_is_written(there: bool, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    file = tmp_path / "runs" / "today"
    if there:
        file.write_bytes(b"before")
    (tmp_path / "latest").symlink_to("runs/today")

    write_whole(tmp_path / "latest", b"new")

    assert (tmp_path / "latest").is_symlink()
    assert file.read_bytes() == b"new"


def test_a_new_file_takes_no_place_of_another(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"a key")

    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "key", b"another", mode=0o600, new=True)

    assert (tmp_path / "key").read_bytes() == b"a key"


def test_a_secret_is_nobody_elses_from_the_first_byte(tmp_path: Path) -> None:
    write_whole(tmp_path / "below" / "key", b"a key", mode=0o600, new=True)

    assert (tmp_path / "below" / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.getuid() == 0, reason="root may write every directory")
def test_a_file_in_a_directory_that_takes_no_other_is_written_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_bytes(b"before")
    tmp_path.chmod(0o500)

    write_whole(file, b"new")

    tmp_path.chmod(0o700)
    assert file.read_bytes() == b"new"


def test_a_mount_point_is_written_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report"
    file.write_bytes(b"before")

    def busy(*_: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", busy)

    write_whole(file, b"new")

    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_in_the_way_of_a_directory_is_named_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    for name in ("file/report", "file/below/report"):
        with pytest.raises(NotADirectoryError) as failed:
            write_whole(tmp_path / name, b"new")
        assert failed.value.filename == str(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is a directory"),
        ("below/..", "is a directory"),
        ("file/report", "file is no directory"),
        ("file/below/report", "file is no directory"),
        ("lost", "file is no directory"),
        ("n" * 300, "too long"),
        ("/proc/sys/kernel/no/such", "may not be written|No such"),
    ],
)
def test_a_name_that_cannot_be_written_is_refused_before(
    name: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "below").mkdir()
    (tmp_path / "lost").symlink_to("file/report")

    with pytest.raises(UsageError, match=rf"--results .*: .*({reason})"):
        check_writable("--results", tmp_path / name)

    assert sorted(each.name for each in tmp_path.iterdir()) == ["below", "file", "lost"]


@pytest.mark.parametrize("name", ["new", "new/below/report", "file", "/dev/null", "/dev/full"])
def test_a_name_that_can_be_written_is_taken(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    check_writable("--results", tmp_path / name)

    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_pipe_that_may_have_no_other_end_is_waited_for_with_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=write_whole, args=(pipe, b"text"))

    writing.start()
    read = read_whole(pipe)
    writing.join(60)

    assert read == b"text"
    assert sorted(capsys.readouterr().err.splitlines()) == [
        f"{pipe}: it is a pipe; waiting for what reads from it",
        f"{pipe}: it is a pipe; waiting for what writes to it",
    ]


def test_a_pipe_of_the_shell_is_read_and_written_without_a_word(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output, pipe = os.pipe()

    write_whole(Path(f"/dev/fd/{pipe}"), b"text")
    os.close(pipe)
    read = read_whole(Path(f"/dev/fd/{output}"))
    os.close(output)

    assert (read, capsys.readouterr().err) == (b"text", "")


@pytest.mark.parametrize(
    "words",
    [
        ["parse", "FILE"],
        ["frames", "FILE"],
        ["diagnose", "FILE", "lagg0"],
        ["plan", "FILE", "--target", "sim:"],
        ["show", "--target", "ssh://root@127.0.0.1:1", "--ssh-config", "FILE"],
        ["diff", "FILE", "FILE"],
        ["gate", "FILE", "FILE"],
        ["audit", "--article", "FILE"],
        ["claims", "init", "FILE", "--set", "new"],
        ["accept", "--inventory", "FILE"],
        ["simulate", "--authorized-key", "FILE"],
    ],
)
def test_what_does_not_end_is_refused(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(whole_file, "LARGEST", 1 << 20)

    status = main([word.replace("FILE", "/dev/zero") for word in words])

    assert (status, "File too large" in capsys.readouterr().err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_has_a_size_may_be_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_file, "LARGEST", 1000)
    (tmp_path / "file").write_bytes(LONG)

    assert read_whole(tmp_path / "file") == LONG


def test_standard_input_that_does_not_end_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(whole_file, "LARGEST", 1 << 20)

    with open("/dev/zero", encoding="utf-8") as endless:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", endless)
        status = main(["parse", "-"])

    assert (status, "File too large" in capsys.readouterr().err) == (2, True)
