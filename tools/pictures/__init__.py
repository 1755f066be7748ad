"""Draws and renders every picture under ``static/pic/``; see ``static/pic/README.md``."""
