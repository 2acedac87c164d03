"""Features and results to pages, through jinja2."""
