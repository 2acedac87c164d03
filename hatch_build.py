"""Adds the manual page to the wheel, made from the parsers of the verbs."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg] # of any builder
    """Runs ``lagg-tool manual``; for that the build has the tool's own requirements."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the page, unless the package is only linked to (``pip install -e``)."""
        if version == "editable":
            return
        command = [sys.executable, "-m", "lagg_tool", "manual"]
        made = subprocess.run(  # noqa: S603 - ourselves
            command, cwd=self.root, capture_output=True, text=True, encoding="utf-8", check=True
        )
        self._directory = tempfile.TemporaryDirectory()
        page = Path(self._directory.name) / "lagg-tool.1"
        page.write_text(made.stdout, encoding="utf-8")
        build_data["shared_data"][str(page)] = "share/man/man1/lagg-tool.1"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was made."""
        if version != "editable":
            self._directory.cleanup()
