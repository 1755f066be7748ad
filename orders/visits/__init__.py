"""What is recorded about a visit while it takes place, and afterwards: steps, photos, trouble, the report.

Who may read it is decided in ``orders.sharing.access``; who may record it in ``jobs``, for all of them under one lock.
"""
