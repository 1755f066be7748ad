"""The administration: escorts' pay."""
