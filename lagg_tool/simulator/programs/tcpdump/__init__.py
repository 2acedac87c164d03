"""tcpdump(1): what it filters, and the line that it prints for a frame."""
