"""``main.py demo``: the whole product with three weeks of a made-up company, told over HTTP as its people would.

Everything goes through the same doors as in earnest: phones call the API, the office sends its forms, WeChat's stand-in
takes the money. Only the clock is moved: the story begins three weeks ago and ends now.
"""
