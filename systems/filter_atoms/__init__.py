"""Generators whose filters move with a label, on digits that turn and on chairs that do."""
