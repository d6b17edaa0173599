"""Attack the server, over the loopback only, and watch an honest client meanwhile."""
