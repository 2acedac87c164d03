"""What Linux hosts run: files for their /bin/sh, dash or busybox."""
