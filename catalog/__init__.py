"""What the catalog means to the rest: its cache by version, what administrators change, and pictures that come in."""
