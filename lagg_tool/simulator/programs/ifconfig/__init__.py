"""ifconfig(8): arguments to system calls, and interfaces to text (sbin/ifconfig)."""
