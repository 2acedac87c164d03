"""Where a run of the suite has its lock of a NAS: no change may begin while it is there.

It survives a reboot, which scenarios may need; TrueNAS keeps nothing but /data.
"""

from __future__ import annotations

DIRECTORY = "/var/db/lagg_tool_accept"
TRUENAS_DIRECTORY = "/data/lagg_tool_accept"
