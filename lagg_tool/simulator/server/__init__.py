"""The SSH server in front of the simulated NAS."""
