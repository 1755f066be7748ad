"""``main.py demo``: the whole product with three weeks of a made-up company, played over HTTP as its people would.

Everything goes the ways of production: phones call the API, the office sends its forms, the sandbox of WeChat takes the
money. Only the clock is moved: the story begins three weeks ago and ends now.
"""
