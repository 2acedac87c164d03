"""A badge: one line on how a run ended, as an SVG of fixed width that asks for nothing."""

from __future__ import annotations

from xml.sax.saxutils import escape

from lagg_tool.evidence import Provenance, Results, Status
from lagg_tool.export.transcript import place

_LABEL = "link aggregation"
# A line of 11 px in the usual sans serif takes about so many pixels a letter.
_LETTER, _PADDING, _HEIGHT = 6.6, 12, 20
# Green is for real hosts alone: what a model passes is no evidence about them.
_RED, _GREEN, _BLUE, _GREY = "#b42318", "#1a7f37", "#2f5f9e", "#5c6670"


def badge(results: Results) -> str:
    """Return the badge of a run: of its real hosts, or of the simulated where it has none."""
    observed = [t for t in results.targets if t.provenance is Provenance.OBSERVED]
    targets = observed or results.targets
    known = {target.id for target in targets}
    every = [s.status for s in results.scenarios if s.target in known]
    tried = [status for status in every if status is not Status.SKIPPED]
    failed = sum(status in (Status.FAILED, Status.UNDEFINED) for status in tried)
    passed = tried.count(Status.PASSED)
    if failed:
        words, colour = f"{failed} of {len(tried)} failed", _RED
    elif passed:
        words = f"{passed} of {len(tried)} passed" if passed < len(tried) else f"{passed} passed"
        colour = _GREY if passed < len(tried) else _GREEN if observed else _BLUE
    else:
        words, colour = "not run", _GREY
    where = place(targets[0]) if len(targets) == 1 else _several(len(targets), bool(observed))
    return _drawn(f"{words}; {where}" if targets else words, colour)


def _several(count: int, observed: bool) -> str:
    return f"{count} hosts, observed" if observed else f"{count} simulated hosts"


def _drawn(words: str, colour: str) -> str:
    left, right = (round(len(text) * _LETTER) + _PADDING for text in (_LABEL, words))
    said = escape(words)
    whole = f"{_LABEL}: {said}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" '
        f'role="img" aria-label="{whole.replace(chr(34), "&quot;")}"><title>{whole}</title>'
        f'<rect width="{left + right}" height="{_HEIGHT}" rx="3" fill="#32383f"/>'
        f'<path fill="{colour}" d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v{_HEIGHT - 6}a3 3 0 0 1 -3 '
        f'3h-{right - 3}z"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" '
        'text-anchor="middle">'
        f'<text x="{left / 2}" y="14">{_LABEL}</text>'
        f'<text x="{left + right / 2}" y="14">{said}</text></g></svg>\n'
    )
