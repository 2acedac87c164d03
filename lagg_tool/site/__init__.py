"""The site: jinja2 makes pages of features and results, MkDocs makes a site of the pages.

``build`` and ``serve`` run MkDocs. ``publication.make_site`` makes the pages without it.
"""

from lagg_tool.site.building import Layout, build, serve
from lagg_tool.site.directory import check_site_directory

__all__ = ["Layout", "build", "check_site_directory", "serve"]
