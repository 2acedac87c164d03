"""The kernel of the simulated NAS: interfaces, lagg(4) and the network stacks."""
