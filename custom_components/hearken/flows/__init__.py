"""What the config flows need: forms, checks of identities, and first steps."""
