"""电子监管平台监测分析 (plan E1): detectors read facts of the lake and say what an honest report would not show.

A detector is one Ibis expression over contracts (facts.py) and dated parameters (parameters.py); it
writes nothing. Runs store its hits as alerts; people triage them.
"""
