"""Documentation that proves itself: link aggregation on TrueNAS CORE and FreeBSD."""

__version__ = "0.1.0"
