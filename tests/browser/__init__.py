"""The mini-program in a real browser, against the whole product and WeChat's stand-in."""
