"""Which features and steps an installed tool uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lagg_tool import assets


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with all that a checkout has; the tool is installed elsewhere."""
    package = tmp_path / "site-packages" / "lagg_tool"
    (package / "_assets").mkdir(parents=True)
    monkeypatch.setattr(assets, "_PACKAGE", package)
    made = tmp_path / "checkout"
    for mark in assets._MARKS:
        (made / mark).parent.mkdir(parents=True, exist_ok=True)
        (made / mark).touch()
    return made


@pytest.mark.parametrize("below", [".", "features/core"])
def test_in_a_checkout_they_are_those_of_the_checkout(
    checkout: Path, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout / below)

    assert (assets.root(), assets.in_checkout()) == (checkout, True)


def test_elsewhere_they_are_those_of_the_package(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout.parent)

    assert (assets.root().name, assets.in_checkout()) == ("_assets", False)


@pytest.mark.parametrize("mark", assets._MARKS)
def test_a_directory_that_has_less_is_no_checkout(
    checkout: Path, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / mark).unlink()
    monkeypatch.chdir(checkout)

    assert not assets.in_checkout()


def test_another_users_checkout_is_not_trusted(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "_is_trusted", lambda owner: owner != checkout.stat().st_uid)
    monkeypatch.chdir(checkout)

    assert not assets.in_checkout()


def test_root_and_the_user_are_trusted() -> None:
    mine = os.getuid()

    assert [assets._is_trusted(owner) for owner in (0, mine, mine + 1)] == [True, True, False]
