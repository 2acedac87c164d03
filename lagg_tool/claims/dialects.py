"""Markdown of other programs, and reStructuredText, as the Markdown that ``article`` reads.

People keep an article for MkDocs, Docusaurus, GitHub or Sphinx: quotes around a paragraph,
blocks with a title, tables drawn with plus signs. Every line stays where it is, so that a
line number is that of the copy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lagg_tool.claims.asciidoc import without_asciidoc
from lagg_tool.claims.markup import Markup
from lagg_tool.claims.printed_text import without_sheets

# A call of Hugo may end on a line of its own, with ">}}".
_QUOTE = re.compile(r"^[ \t]{0,3}(?:>(?!\}\}) ?)+", re.MULTILINE)
# "::: tip Title" and ":::tip[Title]" of Docusaurus and VitePress; ":::" ends one.
_COLONS = re.compile(r"^[ \t]*:{3,}[ \t]*(?:\{?\.?[\w-]+\}?)?[ \t]*(?:\[(.*)\][ \t]*|(.*))$", re.M)
# '!!! note "Title"', '??? tip inline end' and '=== "Title"' of MkDocs. More words are a sentence.
_INDENTED = re.compile(
    r"^[ \t]*(?:!!!|\?\?\?\+?|===)"
    r'(?:(?:[ \t]+[\w-]+)*[ \t]+"(.*)"|[ \t]+[\w-]+(?:[ \t]+inline(?:[ \t]+end)?)?)?[ \t]*$',
    re.M,
)
# "[words][name]" and "[name]", with "[name]: address" somewhere else.
_REFERENCE = re.compile(r"^ {0,3}\[([^\]\n]+)\]: *<?(\S+?)>?(?: +[\"'(].*)?$", re.MULTILINE)
_REFERRED = re.compile(r"\[([^\]\[]+)\](?:\[([^\]\n]*)\])?(?!\()")
# "[[address|words]]" of wikis, and "[[address][words]]" of Org.
_WIKI_LINK = re.compile(r"\[\[([^\[\]|\n]+)(?:\||\]\[)([^\[\]]+)\]\]")
# "{|", "|-" and "|}" of MediaWiki, and what its titles of columns have before their words.
_WIKI_TABLE = re.compile(
    r"^(?:\{\|.*|\|[-}][^|\n]*$|!(?:[ ]*[\w-]+=\"[^\"\n]*\")+[ ]*(?=\|))", re.MULTILINE
)
# "== Title ==" of wikis, where "# " begins a step.
_WIKI_TITLE = re.compile(r"^(={2,6})[ \t]*([^=\n].*?)[ \t]*\1[ \t]*$", re.MULTILINE)
_WIKI_BOLD = re.compile(r"'{2,5}")
_WIKI_STEP = re.compile(r"^#+[ \t]+", re.MULTILINE)
_COMPONENT = re.compile(r"</?([A-Z][A-Za-z]*)\b([^<>]*)>")  # MDX: <TabItem label="Title">
_COMPONENT_TITLE = re.compile(r"""\b(?:title|label|summary)=["']([^"']*)["']""")

# What is said of a picture, a title or a block, to programs: {: .note}, {#name}, {width=400}.
_ATTRIBUTES = re.compile(r"(?<!\{)\{(?::|[.#=])[^{}\n]*\}|(?<=\))\{[\w-]+=[^{}\n]*\}")
_SPAN = re.compile(r"\[([^\]\[]*)\]\{[.#][^{}\n]*\}")
# "{% tab title="Title" %}" and "{% endtab %}" of GitBook and Jekyll, which Hugo has in brackets.
_LIQUID = re.compile(r"(?<!\{)\{%-?\s*(end)?([\w-]+)([^{}\n]*?)-?%\}(?!\})")
_OPTIONS = re.compile(
    r"^([ \t]*(?:`{3,}|:{3,})\{[\w-]+\}.*\n)((?:[ \t]*:[\w-]+:.*\n)+)", re.MULTILINE
)
# Lines for programs: the place of a table of contents, components of a page, Org's properties.
_FOR_PROGRAMS = re.compile(
    r"^(?:[ \t]*(?:[*-]|\d+\.)[ \t]+TOC(?=\n\{)|\[{1,2}_?TOC_?\]{1,2}"
    r"|import .* from [\"'].*[\"'];?|[ \t]*:(?:PROPERTIES|CUSTOM_ID|END):.*)[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
# Tags that Markdown may have in the place of its own signs.
_TAGGED_TITLE = re.compile(
    r"^[ \t]*<h([2-6])\b[^<>]*>(.*)</h\1>[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_CAPTION = re.compile(r"<figcaption\b[^<>]*>[^<>]*</figcaption>", re.IGNORECASE)
# A heading with a line below it.
_UNDERLINED = re.compile(r"^(?!\s|[-=|>#*+~`<])(.+)\n([=-])\2{2,}[ \t]*$", re.MULTILINE)

_RST_LINK = re.compile(r"(?:(?<![\w:-]):[\w:-]+:)?`([^`<>]*[^`<>\s])\s*<([^<>`\s]*)>`_{0,2}")
_RST_ROLE = re.compile(r"(?<![\w:-]):[\w:-]+:(`[^`\n]+`)")
_RST_TITLE = re.compile(r"^(?!\s|[-=~^+|.*])(.+)\n([=~^\"'#*+-])\2{2,}[ \t]*$", re.MULTILINE)
_RST_OVERLINE = re.compile(
    r"^([=~^\"'#*+-])\1{2,}[ \t]*\n[ \t]*(\S.*)\n\1{3,}[ \t]*$", re.MULTILINE
)
_RST_TITLED = frozenset(("tab", "dropdown", "collapse", "admonition", "rubric", "topic", "details"))
_RST_SPOKEN = frozenset(
    (
        *("note", "tip", "hint", "warning", "important", "caution", "attention", "danger"),
        *("error", "seealso", "todo", "versionadded", "versionchanged", "deprecated"),
    )
)
_RST_DIRECTIVE = re.compile(
    r"^([ \t]*)\.\. ([\w-]+)::[ \t]*(.*)((?:\n\1[ \t]+:[\w-]+:.*)*)$", re.MULTILINE
)
_RST_COMMENT = re.compile(r"^[ \t]*\.\.(?: .*)?$", re.MULTILINE)
_GRID = re.compile(r"(?:^[ \t]*[+|].*(?:\n|\Z))+", re.MULTILINE)
_GRID_RULE = re.compile(r"[ \t]*\+(?:[-=]+\+)+[ \t]*")


def as_markdown(text: str, markup: Markup = Markup.MARKDOWN) -> str:
    """Return the text with what other programs' dialects have as plain Markdown has it."""
    if markup is Markup.ASCIIDOC:
        text = without_asciidoc(text)
    if markup is Markup.TEXT:
        text = without_sheets(text)
    text = _FOR_PROGRAMS.sub(
        lambda found: "\n" * found[0].count("\n"), re.sub(r"(?m)\\$", "", text)
    )
    if _WIKI_TITLE.search(text):
        text = _WIKI_BOLD.sub("", _WIKI_TITLE.sub(r"## \2", _WIKI_STEP.sub("1. ", text)))
    text = _WIKI_TABLE.sub("", _WIKI_LINK.sub(r"[\2](\1)", text))
    text = _OPTIONS.sub(lambda found: found[1] + "\n" * found[2].count("\n"), text)
    text = _ATTRIBUTES.sub("", _SPAN.sub(r"\1", text))
    text = _LIQUID.sub(
        lambda found: f"{{{{< {'/' if found[1] else ''}{found[2]}{found[3]} >}}}}", text
    )
    text = _QUOTE.sub("", _CAPTION.sub(" ", _TAGGED_TITLE.sub(r"## \2", text)))
    text = _INDENTED.sub(lambda found: _heading(found[1]), text)
    text = _COLONS.sub(lambda found: _heading((found[1] or found[2] or "").strip()), text)
    known = {name.lower(): address for name, address in _REFERENCE.findall(text)}
    if known:
        text = _REFERENCE.sub("", text)
        text = _REFERRED.sub(lambda found: _referred(found, known), text)
    closed = set(re.findall(r"</([A-Z][A-Za-z]*)>", text))
    text = _COMPONENT.sub(lambda found: _component(found, closed), text)
    if markup is Markup.RESTRUCTURED:
        return _without_rst(text)
    return _UNDERLINED.sub(lambda found: f"{'#' if found[2] == '=' else '##'} {found[1]}\n", text)


def _referred(found: re.Match[str], known: Mapping[str, str]) -> str:
    address = known.get((found[2] or found[1]).lower())
    return found[0] if address is None else f"[{found[1]}]({address})"


def _heading(title: str | None) -> str:
    return f"### {title}" if title else ""


def _component(found: re.Match[str], closed: set[str]) -> str:
    if found[1] not in closed and not found[2].rstrip().endswith("/"):
        return found[0]
    title = _COMPONENT_TITLE.search(found[2])
    alone = not found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()].strip()
    return f"### {title[1]}" if title and alone and _ends_line(found) else " "


def _ends_line(found: re.Match[str]) -> bool:
    return re.compile(r"[ \t]*(?:\n|\Z)").match(found.string, found.end()) is not None


def _without_rst(text: str) -> str:
    text = _GRID.sub(lambda found: _table(found[0]), text.replace("\\ ", ""))
    text = _RST_DIRECTIVE.sub(_directive, text)
    text = _RST_COMMENT.sub("", text)
    text = _RST_LINK.sub(r"[\1](\2)", text)
    text = _RST_ROLE.sub(r"\1", text)
    text, overlined = _RST_OVERLINE.subn(r"\n# \2\n", text)
    # A level has a sign of its own; that of the page's own title is there once, and first.
    signs = [found[2] for found in _RST_TITLE.finditer(text)]
    alone = signs[0] if not overlined and signs and signs.count(signs[0]) == 1 else ""
    return _RST_TITLE.sub(lambda found: f"{'#' if found[2] == alone else '##'} {found[1]}\n", text)


def _directive(found: re.Match[str]) -> str:
    name, words = found[2], found[3]
    shown = _heading(words) if name in _RST_TITLED else words if name in _RST_SPOKEN else ""
    return shown + "\n" * found[4].count("\n")


def _table(drawn: str) -> str:
    """Return a table that is drawn with plus signs as a row a line; each row's lines are joined."""
    lines = drawn.split("\n")
    if not _GRID_RULE.fullmatch(lines[0]):
        return drawn
    found = [""] * len(lines)
    row: list[list[str]] = []
    begun = 0
    for number, line in enumerate(lines):
        if _GRID_RULE.fullmatch(line):
            if row:
                found[begun] = "| " + " | ".join(" ".join(cell).strip() for cell in row) + " |"
            if "=" in line:
                found[number] = "|---" * line.count("+") + "|"
            row = []
        elif line.strip():
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if row and len(row) == len(cells):
                row = [[*before, cell] for before, cell in zip(row, cells, strict=True)]
            else:
                row, begun = [[cell] for cell in cells], number
    return "\n".join(found)
