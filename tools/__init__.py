"""Programs that write parts of the repository from others; not part of the product."""
