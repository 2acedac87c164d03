"""The scripts by which runs of the suite keep each other off a NAS."""
