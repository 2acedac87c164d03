"""Where tests find the article: a variable that is set and wrong never counts as unset."""

from pathlib import Path

import pytest

from tests.support.article import (
    PAGE,
    SCALE_PAGE,
    SCALE_VARIABLE,
    VARIABLE,
    article_folder,
    scale_folder,
)


@pytest.mark.parametrize("environment", [{}, {VARIABLE: ""}])
def test_without_the_variable_there_is_no_article(environment: dict[str, str]) -> None:
    assert article_folder(environment) is None


def test_the_variable_names_the_folder_of_the_pages(tmp_path: Path) -> None:
    (tmp_path / PAGE).touch()

    assert article_folder({VARIABLE: str(tmp_path)}) == tmp_path


@pytest.mark.parametrize("name", ["", "not/there"])
def test_a_folder_without_the_article_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "README.md").touch()

    with pytest.raises(ValueError, match=rf"{VARIABLE}={tmp_path / name}: expected a folder"):
        article_folder({VARIABLE: str(tmp_path / name)})


def test_the_article_of_the_successor_has_a_folder_of_its_own(tmp_path: Path) -> None:
    assert scale_folder({VARIABLE: str(tmp_path)}) is None
    with pytest.raises(ValueError, match=rf"{SCALE_VARIABLE}={tmp_path}: expected a folder"):
        scale_folder({SCALE_VARIABLE: str(tmp_path)})

    (tmp_path / SCALE_PAGE).touch()

    assert scale_folder({SCALE_VARIABLE: str(tmp_path)}) == tmp_path
