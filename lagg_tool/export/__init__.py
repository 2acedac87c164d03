"""Results in formats that other programs read: JUnit XML, Cucumber Messages, SARIF, a badge.

All are made of a run as it was written, so that they hold nothing that redaction took out. A
simulated result says in each of them that it is one.
"""

from lagg_tool.export.badge import badge
from lagg_tool.export.cucumber import messages
from lagg_tool.export.junit import junit
from lagg_tool.export.sarif import Page, sarif

__all__ = ["Page", "badge", "junit", "messages", "sarif"]
