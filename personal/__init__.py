"""What people are called, called at, and identified by: one normal form each, apart from any screen or table."""
