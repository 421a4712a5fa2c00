"""L2: physics. What comes in, is burned or stays in stock."""
