"""Commands of the registry, one module per noun."""
