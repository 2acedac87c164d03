"""What every test stands on: Hypothesis without a deadline, since no test depends on wall time."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
