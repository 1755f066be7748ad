"""The way in from the older system: its MySQL database, read once, becomes rows of this one."""
