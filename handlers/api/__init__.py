"""The mini-program's JSON API."""
