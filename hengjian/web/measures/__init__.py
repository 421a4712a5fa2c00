"""Pages of measures: the daily form of a reporter, reports with what is behind their figures."""
