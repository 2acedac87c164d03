"""Frames and protocols as bytes and tables; no I/O and no clock."""
