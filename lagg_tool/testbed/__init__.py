"""What stands at the other end of the ports of a NAS."""
