"""Discovery of servers and satellites that announce themselves on the network."""
