"""The step definitions of the acceptance suite, and world, what they work with."""
