"""Following a LAGG of FreeBSD's kernel, whatever keeps its configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lagg_tool.nas.base import TargetNas
from lagg_tool.nas.contract import P, S

if TYPE_CHECKING:
    from lagg_tool.lagg.diagnosis import Finding
    from lagg_tool.lagg.watching import Look, Outage, Watch


class FreeBSDKernel(TargetNas[S, P]):
    """A NAS whose LAGGs are those of lagg(4)."""

    def diagnose(self, name: str, listen: int) -> tuple[Finding, ...]:
        """Return why a LAGG does not carry traffic."""
        from lagg_tool.nas.freebsd.diagnosis import diagnose_lagg  # noqa: PLC0415 - loads codecs

        return diagnose_lagg(self._target.connection, name, listen, self._tell)

    def watch(self, name: str) -> Watch[Look]:
        """Return what follows a LAGG."""
        from lagg_tool.lagg.watching import LaggWatch  # noqa: PLC0415 - loads codecs

        return LaggWatch(name)

    def looks(self, every: float, seconds: float) -> Iterator[Look | Outage]:
        """Yield what the host shows every so many seconds."""
        from lagg_tool.nas.freebsd.watching import look_at  # noqa: PLC0415 - loads codecs
        from lagg_tool.nas.rounds import looks  # noqa: PLC0415 - loads codecs

        return looks(self._target, look_at, every, seconds)
