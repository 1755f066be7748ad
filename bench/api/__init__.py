"""Requests per second and processor time of the API, beside FastAPI and a bare Tornado handler (``make bench-api``)."""
