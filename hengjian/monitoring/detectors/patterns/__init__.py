"""L4: behaviour. Traces of figures that were written rather than measured."""
