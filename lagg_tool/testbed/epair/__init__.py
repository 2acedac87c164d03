"""The testbed that a host makes of its own epair(4) cables."""
