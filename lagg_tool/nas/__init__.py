"""How each kind of host is read and changed; differences between hosts live here only."""
