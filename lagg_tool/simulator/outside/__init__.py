"""What surrounds the simulated NAS: cables, hypervisor, management network."""
