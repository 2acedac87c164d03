"""``python -m lagg_tool``."""

import sys

from lagg_tool.cli import main

sys.exit(main())
