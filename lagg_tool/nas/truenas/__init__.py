"""A TrueNAS CORE behind the contract of a NAS."""
