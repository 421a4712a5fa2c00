"""L2: physics. Ratios to output, with the site's own history and its peers."""
