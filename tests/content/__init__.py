"""What users write for others to read, while WeChat and the office look at it."""
