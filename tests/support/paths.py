"""Where the checkout and what the tests read are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
RECORDINGS = TESTS / "recordings"
