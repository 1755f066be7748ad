"""What WeChat pushes to this server (消息推送): proved, read, kept and given to whoever it concerns. Source:
developers.weixin.qq.com, 消息推送; docs/platform.md has the design.

``envelope`` and ``cipher`` prove a request, ``parsing`` reads its text, ``events`` what it tells, ``inbox`` keeps it
and gives it to its consumer. Which event has which consumer: ``startup/push_consumers.py``.
"""
