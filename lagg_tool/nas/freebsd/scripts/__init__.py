"""What FreeBSD hosts run for a confirmed change: files for their /bin/sh and base system."""
