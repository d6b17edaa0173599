"""A house of Xiaomi devices, and what is said in it."""
