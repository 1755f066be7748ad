"""HTTP: one module per subject, each ending with its routes; ``routes.py`` is the one list of them all."""
