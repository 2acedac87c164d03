"""Where apt fetches from, and what is said where it cannot."""

from pathlib import Path

import pytest

from lagg_tool.errors import UnreachableError
from lagg_tool.testbed.linux_vm import cache
from lagg_tool.testbed.linux_vm.apt import KEYRING, archives, sources
from lagg_tool.testbed.linux_vm.recipe import EDITIONS

LISTED = """\
Reading package lists...
'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_InRelease 0
'http://mirror.example/debian/dists/bookworm-updates/InRelease' mirror.example_2 0
'http://other.example/security/dists/bookworm-security/InRelease' other.example 0
"""


def test_the_archives_are_those_of_the_hosts_own_sources() -> None:
    assert archives(LISTED) == ("http://mirror.example/debian", "http://other.example/security")


def test_sources_without_a_security_archive_are_refused() -> None:
    without = "\n".join(line for line in LISTED.splitlines() if "security" not in line)

    with pytest.raises(UnreachableError, match="name no Debian archive"):
        archives(without)


def test_every_source_is_checked_by_debians_keyring() -> None:
    lines = sources("http://a.example/debian", "http://b.example/security", "trixie").splitlines()

    assert [line.partition("] ")[2] for line in lines] == [
        "http://a.example/debian trixie main",
        "http://b.example/security trixie-security main",
    ]
    assert all(f"signed-by={KEYRING}" in line for line in lines)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_a_host_without_apt_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(UnreachableError, match="apt-get is missing"):
        cache.get(EDITIONS[0], lambda _: None)


def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    with pytest.raises(UnreachableError, match="XDG_CACHE_HOME may name another place"):
        cache.get(EDITIONS[0], lambda _: None)
