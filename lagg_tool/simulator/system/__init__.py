"""The host without its network: files, processes, streams, users."""
