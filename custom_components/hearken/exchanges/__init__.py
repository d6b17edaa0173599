"""What happens between people and satellites, recorded and told to automations."""
