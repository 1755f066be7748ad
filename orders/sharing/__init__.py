"""Who besides its owner may see an order and do what with it."""
