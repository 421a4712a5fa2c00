"""Commands of measures: reference data, one report, many reports, drafts."""
