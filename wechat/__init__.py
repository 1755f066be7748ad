"""The mini-program's server side at api.weixin.qq.com: ``login``, ``tokens``, ``messages``, ``fields``.

``transport`` is how this server calls WeChat over HTTP: bounded replies, no environment proxies, no
secrets in logs.
"""
