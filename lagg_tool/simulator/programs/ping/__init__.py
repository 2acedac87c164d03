"""ping(8): the echo requests of both families, and what is printed of the answers."""
