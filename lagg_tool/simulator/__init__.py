"""The embedded NAS: a model of FreeBSD behind the text of its programs."""
