"""Where a site is published: its address, its version, the repository that it was made from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from lagg_tool.errors import UsageError

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
_EDIT_URI = "edit/main/"
_DOCS = "docs/"


@dataclass(frozen=True)
class Address:
    """The public address of a site; each part may be empty.

    ``site_url`` ends in a slash. ``edit_uri`` leads from ``repo_url`` to the root of the
    repository's files, as in ``edit/main/``.
    """

    site_url: str = ""
    version: str = ""
    repo_url: str = ""
    edit_uri: str = _EDIT_URI

    @classmethod
    def of(
        cls, site_url: str = "", version: str = "", repo_url: str = "", edit_uri: str = ""
    ) -> Address:
        """Return the address that options or mkdocs.yml give. Raises UsageError."""
        for name, url in (("--site-url", site_url), ("--repo-url", repo_url)):
            parts = urlsplit(url)
            if url and (
                parts.scheme not in ("http", "https")
                or not parts.netloc
                or parts.query
                or parts.fragment
            ):
                raise UsageError(f"{name} {url!r}: write a whole address, as in https://host/path/")
        if version and (not _VERSION.fullmatch(version) or version.endswith((".html", ".xml"))):
            raise UsageError(
                f"--version {version!r}: letters, digits, dots, hyphens; it is a part of addresses"
            )
        edit = (edit_uri or _EDIT_URI).strip("/") + "/"
        return cls(
            f"{site_url.rstrip('/')}/" if site_url else "",
            version,
            repo_url.rstrip("/"),
            edit.removesuffix(_DOCS) or _EDIT_URI,
        )

    @property
    def root(self) -> str:
        """The address of the directory with all versions; of the site itself, where it has none."""
        return self.site_url.removesuffix(f"{self.version}/") if self.version else self.site_url

    def page(self, url: str) -> str:
        """Return the whole address of a page of the site; "" where the site has none."""
        return f"{self.site_url}{quote(url)}" if self.site_url else ""

    def edit(self, path: str, line: int = 0) -> str:
        """Return where a file of the repository is edited; "" without a repository."""
        if not self.repo_url:
            return ""
        return f"{self.repo_url}/{self.edit_uri}{quote(path)}" + (f"#L{line}" if line else "")

    def commit(self, name: str) -> str:
        """Return the page of a commit; "" without a repository or a commit."""
        return f"{self.repo_url}/commit/{name}" if self.repo_url and name else ""
