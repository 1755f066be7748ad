"""From settings to a running server: what a development machine needs filled in, checks, wiring, start and stop."""
