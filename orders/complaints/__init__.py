"""Complaints (投诉与建议): what users send, what the office does about it, and when it is due.

About an order everything happens under the order's lock, else under the complaint's own.
"""
