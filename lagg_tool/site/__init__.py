"""Features and results to pages, through jinja2; and to a site, through mkdocs.

``build`` and ``serve`` make the site. What they are made of works without mkdocs:
``publication.make_site`` turns feature files, claims and results into pages of HTML.
"""

from lagg_tool.site.building import Layout, build, serve

__all__ = ["Layout", "build", "serve"]
