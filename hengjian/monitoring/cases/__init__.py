"""Cases of the detectors as data: <CODE>.yml, tiny input tables with expected hits and honest non-hits."""
