"""A LAGG of Linux, which is a bond of its bonding driver: what is printed of it, and why it fails.

Pure. ``report`` reads ``/proc/net/bonding``, ``links`` the JSON of iproute2, and ``printed_links``
both, and what iproute2 prints for people, in any text.
"""
