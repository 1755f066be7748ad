"""The mini-program, about what comes after an order: supplements, invoices, complaints."""
