"""What a host runs for a confirmed change, whatever its system: files for its /bin/sh."""
