"""Disk images: what kind a file is, whether it is the one that was published, unpacked once.

FreeBSD publishes its images xz-compressed beside a file of checksums in BSD's format,
``SHA256 (name) = hex``. A compressed image is unpacked only after it was checked.
"""

from __future__ import annotations

import enum
import hashlib
import lzma
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.errors import UsageError

_MAGIC_QCOW2 = b"QFI\xfb"
_MAGIC_XZ = b"\xfd7zXZ\x00"
_CHECKSUM_LINE = re.compile(r"^(SHA256|SHA512) \((.+)\) = ([0-9a-f]+)$")
_CHUNK = 1 << 20


class ImageFormat(enum.Enum):
    """The image formats by QEMU's names."""

    QCOW2 = "qcow2"
    RAW = "raw"


@dataclass(frozen=True)
class Image:
    """A disk image that QEMU can open; it is never written to."""

    path: Path
    format: ImageFormat

    @property
    def words(self) -> list[str]:
        """QEMU's options for it; what a machine writes goes to an overlay that ends with it."""
        path, kind = option_value(self.path), self.format.value
        return ["-drive", f"file={path},format={kind},if=virtio,snapshot=on"]


def option_value(path: Path) -> str:
    """Return a path as a value in QEMU's option syntax, which doubles a comma."""
    return str(path).replace(",", ",,")


def published_checksum(path: Path) -> tuple[str, str] | None:
    """Algorithm and digest that a CHECKSUM file beside the image gives for it, if one does."""
    for candidate in sorted(path.parent.glob("CHECKSUM*")):
        for line in candidate.read_text(encoding="utf-8", errors="replace").splitlines():
            match = _CHECKSUM_LINE.match(line.strip())
            if match and match.group(2) == path.name:
                return match.group(1).lower(), match.group(3)
    return None


def _parse_checksum(text: str) -> tuple[str, str]:
    algorithm, _, digest = text.partition(":")
    if algorithm not in ("sha256", "sha512") or not re.fullmatch(r"[0-9a-fA-F]+", digest):
        raise UsageError(
            f"{text!r} is not a checksum: give sha256:HEX or sha512:HEX, as in the CHECKSUM file"
        )
    return algorithm, digest.lower()


def _digest(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _check(path: Path, expected: tuple[str, str]) -> None:
    algorithm, digest = expected
    actual = _digest(path, algorithm)
    if actual != digest:
        raise UsageError(
            f"{path}: its {algorithm} is {actual} and should be {digest}; fetch the image again"
        )


def _unpack(path: Path, cache: Path) -> Path:
    """Unpack an xz file into the cache, whole or not at all; named by its content."""
    target = cache / f"{_digest(path, 'sha256')[:16]}-{path.stem}"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    try:
        with lzma.open(path) as packed, partial.open("wb") as plain:
            shutil.copyfileobj(packed, plain, _CHUNK)
    except (lzma.LZMAError, EOFError) as error:
        partial.unlink(missing_ok=True)
        raise UsageError(f"{path}: not a whole xz file ({error}); fetch it again") from error
    return partial.rename(target)


def open_image(path: Path, cache: Path, checksum: str | None = None) -> Image:
    """Return the image behind ``path``, checked and unpacked.

    ``checksum`` is ``sha256:HEX`` or ``sha512:HEX``; without it a CHECKSUM file beside the
    image is looked for, and a compressed image without either is refused. Raises
    UsageError.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such disk image; give a qcow2, raw or xz-compressed file")
    expected = _parse_checksum(checksum) if checksum else published_checksum(path)
    if expected:
        _check(path, expected)
    with path.open("rb") as file:
        magic = file.read(6)
    if magic == _MAGIC_XZ:
        if not expected:
            raise UsageError(
                f"{path}: nothing says what its checksum should be; put the publisher's CHECKSUM "
                "file beside it or give --image-checksum sha256:HEX"
            )
        return open_image(_unpack(path, cache), cache)
    return Image(path, ImageFormat.QCOW2 if magic[:4] == _MAGIC_QCOW2 else ImageFormat.RAW)
