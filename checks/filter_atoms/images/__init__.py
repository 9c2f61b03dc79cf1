"""From filters that move to images that move."""
