"""L1: hard law. Mandatory limits, compared exactly."""
