"""What the catalog means to the rest: its cache by version, and pictures that come in."""
