"""Telling what was found: tables, report, figures, paper."""
