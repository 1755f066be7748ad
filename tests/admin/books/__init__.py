"""Tests of the books: months, reports, exports."""
