"""L3: what an independent source says of a reported figure."""
