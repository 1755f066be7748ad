"""Supplements (补款) of orders, and what the office decides about them."""
