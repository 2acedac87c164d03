"""The mkdocs hook: generated pages in, navigation set, features watched.

mkdocs loads this file by its path, and puts its directory before all others in which Python
looks for modules: so it stands alone there, and holds nothing but the way to the package.
"""

from lagg_tool.site.plugin import (
    on_env,
    on_files,
    on_nav,
    on_page_content,
    on_page_context,
    on_page_markdown,
    on_post_build,
    on_serve,
)

__all__ = [
    "on_env",
    "on_files",
    "on_nav",
    "on_page_content",
    "on_page_context",
    "on_page_markdown",
    "on_post_build",
    "on_serve",
]
