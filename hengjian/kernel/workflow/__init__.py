"""kernel/workflow: steps from state to state, of which each app keeps its own table."""
