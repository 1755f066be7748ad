"""Supplements (补款): something more to pay for an order, from its proposal until it is paid or withdrawn."""
