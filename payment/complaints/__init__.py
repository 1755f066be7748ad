"""What payers complain about at WeChat (消费者投诉 2.0): followed from WeChat's list, and answered there.

The complaint itself is a ``Complaint`` like our own (``orders/complaints/``), marked with its source; what only WeChat
knows of it is a ``WeChatComplaint``. Its state is what the detail said that was asked for last.
"""
