"""The cases: what people had in hand, byte for byte, each with a README of what is right."""

from pathlib import Path

HERE = Path(__file__).parent


def path(number: int) -> Path:
    """Return the file of a case."""
    (found,) = HERE.glob(f"{number:02}-*.txt")
    return found


def text(number: int) -> str:
    """Return the text of a case, its line ends as they are."""
    return path(number).read_bytes().decode()
