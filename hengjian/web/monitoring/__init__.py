"""Pages of monitoring: alerts and their triage."""
