"""The verbs that look at a host's configuration and change it; rows of the table in cli.py."""
