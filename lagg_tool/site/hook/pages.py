"""The MkDocs hook: adds the generated pages, sets the navigation, watches the features.

MkDocs loads this file by its path and puts its directory first in sys.path, so it is alone in
its directory and only imports the functions of the package.
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
