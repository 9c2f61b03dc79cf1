"""The gap and what bounds it: figures by room."""
