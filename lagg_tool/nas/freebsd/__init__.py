"""A FreeBSD host behind the contract of a NAS."""
