"""Invoices (发票): what users ask for, what the office issues elsewhere and hands over here, what has to be reversed
(红冲) after a refund. Everything about an order's invoices happens under the order's lock.
"""
