"""SSH to a NAS: the only client-side use of paramiko."""
