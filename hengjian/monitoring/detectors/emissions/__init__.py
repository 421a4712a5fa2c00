"""L2: physics. Emissions follow from the fuel."""
