"""The browser client: its build, how it is served, its runtime in a real browser, the developer's panel."""
