"""Text as paper has it, on sheets and in columns, as paragraphs one after the other."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from lagg_tool.claims.hugo import AT

# A paragraph of three lines or more, which may be a table.
_SET = re.compile(r"(?:^[ \t]*[^\s\x01].*(?:\n|\Z)){3,}", re.MULTILINE)
_LONGEST_TITLE = 200  # with a number of its page; in a longer line none is looked for
_WIDEST_SIGN = 8  # of an item, with blanks; the labels of a table are wider
_NOTHING = "\u200b"
_FEWEST_ROWS = 8  # of two columns of a sheet
_FEWEST_LINES = 2  # that begin with its second column


def without_sheets(text: str) -> str:
    """Return a text without the ends of its sheets, and with its columns one after the other."""
    sheets = _without_page_ends(text) if "\f" in text else [text]
    firsts = itertools.accumulate((sheet.count("\n") for sheet in sheets), initial=1)
    return _SET.sub(_columns, "".join(map(_sheet, sheets, firsts)))


def _without_page_ends(text: str) -> list[str]:
    """Return printed sheets, blank where their ends agree: titles, dates, numbers of pages."""
    pages = [page.split("\n") for page in text.split("\f")]
    forms = [[_printed(line, number) for line in page] for number, page in enumerate(pages)]
    times = Counter(itertools.chain.from_iterable(set[str]().union(*page) for page in forms))
    common = {form for form, count in times.items() if count > 1}
    # A title page has no number, and behind the last page there is nothing.
    common -= {form for form in common if "\f" in form and times[form] < len(pages) - 2}
    sheets = [*map(_text_of_page, pages, forms, itertools.repeat(common))]
    for number in range(1, len(sheets)):
        sheets[number - 1 : number + 1] = _joined(*sheets[number - 1 : number + 1])
    return sheets


def _joined(sheet: str, following: str) -> tuple[str, str]:
    """Return two sheets without an empty line between them if a sentence goes on there."""
    end, begin = sheet.rstrip("\n"), following.lstrip("\n")
    if not _goes_on(end, begin):
        return sheet, following
    filler = f"\n{begin[: len(begin) - len(begin.lstrip())]}{_NOTHING}"
    below, above = (len(whole) - len(rest) for whole, rest in ((sheet, end), (following, begin)))
    return (
        end + (filler * (below - 1) + "\n" if below else ""),
        (filler * above)[1:] + "\n" * bool(above) + begin,
    )


def _goes_on(before: str, after: str) -> bool:
    """Return whether a sentence that is on one line, at its end, goes on with another line."""
    signs = before.rstrip()[-1:] + after.lstrip()[:1]
    return re.fullmatch(r"[\w,-][a-z(]|-\d", signs) is not None


def _text_of_page(
    lines: Sequence[str], forms: Sequence[AbstractSet[str]], common: AbstractSet[str]
) -> str:
    own = [number for number, form in enumerate(forms) if form and form.isdisjoint(common)]
    inside = range(own[0], own[-1] + 1) if own else ()
    return "\n".join(line if number in inside else "" for number, line in enumerate(lines))


def _printed(line: str, page: int) -> set[str]:
    """Return the words of a line, and those with one number counted from that of its page."""
    words = " ".join(line.split())
    numbers = re.finditer(r"\d+", words if len(words) < _LONGEST_TITLE else "")
    counted = (f"{words[: n.start()]}\f{int(n[0]) - page}{words[n.end() :]}" for n in numbers)
    return {words, *counted} if words else set()


def _sheet(text: str, first: int) -> str:
    """Return a sheet with the right one of two columns below the left one."""
    lines = _dedented(text)
    begin = _middle(lines)
    if not begin:
        return text
    is_across = [bool(line[begin - 2 : begin].strip()) for line in lines]
    left = [line if across else line[:begin] for line, across in zip(lines, is_across, strict=True)]
    right = ["" if across else line[begin:] for line, across in zip(lines, is_across, strict=True)]
    begun = next(number for number, line in enumerate(right) if line.strip())
    above, below = ("\n".join(_filled(column)).rstrip() for column in (left, right[begun:]))
    return f"{above}\n{AT}{first + begun}\x02\n{below}\n{AT}{first + len(lines) - 1}\x02\n"


def _filled(column: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a column, which may have an empty one where the other has a line."""
    for before, line, after in zip(["", *column], column, [*column[1:], ""], strict=False):
        yield line if line.strip() or not _goes_on(before, after) else _NOTHING


def _dedented(text: str) -> list[str]:
    return textwrap.dedent(text.expandtabs()).split("\n")


def _columns(found: re.Match[str]) -> str:
    """Return a table set in columns as its text, the words of the first column in a line above."""
    lines = _dedented(found[0])
    begin = _gutter(lines) or _indent(lines)
    if not begin:
        return found[0]
    shown: list[str] = []
    for is_row, each in itertools.groupby(lines, lambda line: not line[begin - 1 : begin].strip()):
        rows = [*each]
        while rows and not (is_row and rows[0].startswith("  ", begin - 2)):
            shown.append(rows.pop(0))
        if rows:
            labels = " ".join(" ".join(row[:begin] for row in rows).split())
            # A line of a label alone ends no paragraph: it is left with a sign that is none.
            shown += [f"{labels} {rows[0][begin:]}", *(row[begin:] or _NOTHING for row in rows[1:])]
    return "\n".join(shown)


def _middle(lines: Sequence[str]) -> int:
    """Return where the right one of two columns of a sheet begins, about its middle, or 0."""
    filled = [line for line in lines if line.strip()]
    width = max(map(len, filled), default=0)
    begins = Counter(gap.end() for line in filled for gap in re.finditer(r" {2,}(?=\S)", line))
    middle = range(width * 35 // 100, width * 65 // 100)
    begin = max((at for at in begins if at in middle), key=lambda at: begins[at], default=0)
    enough = max(_FEWEST_ROWS, len(filled) / 3)
    left = sum(bool(line[: begin - 1].strip()) for line in filled)
    across = sum(bool(line[begin - 2 : begin].strip()) for line in filled)
    return begin if min(begins[begin], left) >= enough and across <= len(filled) / 8 else 0


def _gutter(lines: Sequence[str]) -> int:
    """Return where the second of two columns of text begins, or 0."""
    filled = {place for line in lines for place, sign in enumerate(line) if sign != " "}
    gaps = (at for at in sorted(filled) if filled.isdisjoint({at - 1, at - 2}))
    return next((at for at in gaps if at > _WIDEST_SIGN), 0)


def _indent(lines: Sequence[str]) -> int:
    """Return where the cells of a table begin whose labels leave no gap beside them, or 0."""
    indents = Counter(len(line) - len(line.lstrip()) for line in lines)
    begin = max((at for at in indents if at > _WIDEST_SIGN), key=lambda at: indents[at], default=0)
    return begin if indents[begin] >= _FEWEST_LINES else 0
