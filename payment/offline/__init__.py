"""Money outside of WeChat: received, reversed, paid back; recorded by a person, never changed (docs/office.md)."""
