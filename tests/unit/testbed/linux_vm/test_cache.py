"""What the cache holds is used only if it is what was written."""

import hashlib
import json
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.testbed.linux_vm.cache import held, read


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    directory = tmp_path / "lagg_tool" / "linux" / "linux-0123456789ab"
    directory.mkdir(parents=True)
    contents = {"vmlinuz": b"kernel", "initrd.gz": b"root"}
    for name, data in contents.items():
        (directory / name).write_bytes(data)
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    manifest = {"version": "6.1.0-56-cloud-amd64", "packages": ["dash.deb"], "sums": sums}
    (directory / "made.json").write_text(json.dumps(manifest))
    return directory


def test_what_is_whole_is_used(place: Path) -> None:
    made = read(place)

    assert made is not None
    assert (made.version, made.kernel) == ("6.1.0-56-cloud-amd64", place / "vmlinuz")
    assert [(edition.url, one) for edition, one in held()] == [("qemu:linux", made)]


def test_status_names_what_is_kept_and_how_to_fetch_the_newest(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    main(["vm", "status"])

    assert capsys.readouterr().err.splitlines()[-1] == (
        f"kept for qemu:linux: Linux 6.1.0-56-cloud-amd64, 0 MiB; remove {place} to fetch Debian's"
        " newest"
    )


@pytest.mark.parametrize("name", ["vmlinuz", "initrd.gz", "made.json"])
def test_what_was_changed_or_cut_is_not_used(place: Path, name: str) -> None:
    file = place / name
    file.write_bytes(file.read_bytes()[:-1])

    assert read(place) is None
    assert held() == []


def test_what_is_missing_is_not_used(place: Path) -> None:
    (place / "vmlinuz").unlink()

    assert read(place) is None
