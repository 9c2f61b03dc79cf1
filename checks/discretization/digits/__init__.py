"""Networks trained on digits."""
