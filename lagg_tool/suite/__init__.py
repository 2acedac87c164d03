"""The acceptance suite as a pytest plugin, and what a run of it needs."""
