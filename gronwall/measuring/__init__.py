"""Measuring a claim: search, quantities, symbols, seeds. Nothing here judges."""
