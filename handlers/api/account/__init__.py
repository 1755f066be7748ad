"""The mini-program: the login, a user's own data, patients and pictures."""
