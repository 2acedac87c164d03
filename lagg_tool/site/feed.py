"""The feed of what changed: an Atom entry for each run that the site decides on."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence

from lagg_tool.site.address import Address
from lagg_tool.site.gates import Decision, Shown
from lagg_tool.site.page import Attachment

PATH = "feed.xml"
_TITLE = "lagg_tool"
_ATOM = "http://www.w3.org/2005/Atom"


def feed(decided: Iterable[tuple[Decision, Sequence[Shown]]], address: Address) -> Attachment:
    """Return the feed, the newest run first; its links are whole addresses."""
    ET.register_namespace("", _ATOM)
    found = sorted(decided, key=lambda pair: pair[0].gate.started, reverse=True)
    root = ET.Element(f"{{{_ATOM}}}feed")
    here = f"{address.root}{PATH}"  # one for all versions
    _add(root, "id", here)
    _add(root, "title", f"{_TITLE}: what changed")
    _add(root, "updated", _time(found[0][0].gate.started if found else ""))
    _add(root, "link", rel="self", href=here)
    _add(root, "link", href=address.page("index.html"))
    _add(_add(root, "author"), "name", _TITLE)
    for decision, findings in found:
        _entry(root, decision, findings, address)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", xml_declaration=False)
    return Attachment(PATH, f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode())


def _entry(
    root: ET.Element, decision: Decision, findings: Sequence[Shown], address: Address
) -> None:
    gate, label = decision.gate, decision.target.label
    light = "green" if gate.passes else "red"
    entry = _add(root, "entry")
    page = address.page(decision.page or "changes.html")
    # A run is the same in every version of the site.
    run = uuid.uuid5(uuid.NAMESPACE_URL, f"{decision.target.result.id} {gate.started}")
    _add(entry, "id", run.urn)
    _add(entry, "title", f"{label}: {light}: {gate.sentence}")
    _add(entry, "updated", _time(gate.started))
    _add(entry, "link", href=page)
    lines = [
        f"{shown.finding.kind}: {shown.name}: {shown.finding.before or 'not tried'} → "
        f"{shown.finding.after}"
        for shown in findings
        if not shown.finding.known
    ]
    _add(entry, "content", "\n".join([f"{gate.sentence}.", *lines]), type="text")


def _time(started: str) -> str:
    """Return a time as Atom wants it (RFC 3339)."""
    if not started:
        return "1970-01-01T00:00:00Z"
    return started if started.endswith("Z") or "+" in started else f"{started}Z"


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    made.text = text or None
    return made
