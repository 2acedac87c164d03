"""A machine with a real Linux kernel, made of Debian packages: fetched, unpacked, booted."""
