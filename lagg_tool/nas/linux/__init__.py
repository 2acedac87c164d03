"""A Linux host behind the contract of a NAS: its LAGGs are bonds of the bonding driver."""
