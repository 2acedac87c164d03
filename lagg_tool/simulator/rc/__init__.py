"""rc(8) and rc.conf(5): what the host does with its configuration at boot and on request."""
