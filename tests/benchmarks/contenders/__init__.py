"""Programs that are measured: each runs in an interpreter of its own, ours or the peers'."""
