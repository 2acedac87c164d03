"""Disk images are recognised, checked, and unpacked once."""

import hashlib
import lzma
from pathlib import Path

import pytest

from lagg_tool.errors import UsageError
from lagg_tool.testbed.qemu.image import ImageFormat, open_image

QCOW2 = b"QFI\xfb\x00\x00\x00\x03" + bytes(64)


def packed(directory: Path, content: bytes = QCOW2, name: str = "nas.qcow2.xz") -> Path:
    path = directory / name
    path.write_bytes(lzma.compress(content))
    return path


def publish(path: Path, algorithm: str = "sha256", digest: str | None = None) -> None:
    value = digest or hashlib.new(algorithm, path.read_bytes()).hexdigest()
    line = f"{algorithm.upper()} ({path.name}) = {value}\n"
    (path.parent / f"CHECKSUM.{algorithm.upper()}-FreeBSD-13.2").write_text(line)


@pytest.mark.parametrize(
    ("content", "kind"), [(QCOW2, ImageFormat.QCOW2), (bytes(512), ImageFormat.RAW)]
)
def test_the_format_is_read_from_the_file(
    tmp_path: Path, content: bytes, kind: ImageFormat
) -> None:
    path = tmp_path / "disk"
    path.write_bytes(content)

    assert open_image(path, tmp_path / "cache").format is kind


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_published_image_is_checked_and_unpacked_once(tmp_path: Path, algorithm: str) -> None:
    path = packed(tmp_path)
    publish(path, algorithm)

    first = open_image(path, tmp_path / "cache")
    stamp = first.path.stat().st_mtime_ns
    second = open_image(path, tmp_path / "cache")

    assert first.path.read_bytes() == QCOW2
    assert first.format is ImageFormat.QCOW2
    assert second.path == first.path
    assert second.path.stat().st_mtime_ns == stamp


def test_an_image_that_is_not_the_published_one_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path)
    publish(path, digest="0" * 64)

    with pytest.raises(UsageError, match="should be 0000"):
        open_image(path, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_compressed_image_without_a_checksum_is_refused_and_told_how(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--image-checksum"):
        open_image(packed(tmp_path), tmp_path / "cache")


def test_a_checksum_can_be_given(tmp_path: Path) -> None:
    path = packed(tmp_path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()

    assert open_image(path, tmp_path / "c", f"sha256:{digest}").path.read_bytes() == QCOW2


@pytest.mark.parametrize("text", ["md5:00", "sha256:", "sha256:xyz", "00"])
def test_what_is_no_checksum_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="not a checksum"):
        open_image(packed(tmp_path), tmp_path / "cache", text)


def test_a_truncated_file_leaves_nothing_behind(tmp_path: Path) -> None:
    path = packed(tmp_path, content=bytes(range(256)) * 999)
    path.write_bytes(path.read_bytes()[:-20])
    publish(path)

    with pytest.raises(UsageError, match="not a whole xz file"):
        open_image(path, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.qcow2: no such disk image"):
        open_image(tmp_path / "nowhere.qcow2", tmp_path / "cache")
