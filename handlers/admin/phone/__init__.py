"""Orders by phone: entered by a clerk, and handed to the customer by a link or a code."""
