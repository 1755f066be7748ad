"""How soon a server is ready, how much memory it takes, and whether that grows."""
