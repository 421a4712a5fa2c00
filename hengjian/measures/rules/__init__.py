"""Pure rules of measures: quantities from text, units, conversion to tce/coal/CO2, receipts."""
