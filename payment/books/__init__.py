"""The books: the ledger, what a month amounts to, what the owner reads of them."""
