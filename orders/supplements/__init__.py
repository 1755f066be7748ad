"""Supplements (补款): what is to be paid in addition to an order, from the proposal until it is paid or withdrawn."""
