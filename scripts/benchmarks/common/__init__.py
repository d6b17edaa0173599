"""Code shared by several measurements."""
