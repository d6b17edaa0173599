"""Static tests of files that must agree with each other."""
