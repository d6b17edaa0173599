"""What happens to a satellite in months, in an hour; and whether it grows."""
