"""The other end of the cables at the NAS's test ports."""
