"""What a text means: whether it is a whole command, and which choice it takes."""
