"""Programs that stand for servers and satellites, some of them broken."""
