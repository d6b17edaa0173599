"""What a text means: whether a command is complete, and which choice was made."""
