"""The acceptance suite's pytest plugin and step definitions."""
