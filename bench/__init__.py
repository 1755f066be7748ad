"""Programs that put the product under load or under faults for longer than the tests do."""
