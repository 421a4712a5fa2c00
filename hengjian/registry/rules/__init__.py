"""Pure rules of the registry: credit codes, names, likely-same, meters, limits."""
