"""Money outside of WeChat: received, reversed, corrected, paid back, and the cash sheet of a day."""
