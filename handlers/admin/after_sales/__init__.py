"""The administrators' side, about what comes after an order: complaints and invoices."""
