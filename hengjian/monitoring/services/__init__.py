"""Commands of monitoring: running the rules (platform) and triage (people)."""
