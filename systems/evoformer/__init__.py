"""The Evoformer: a block of nine updates, a field with shared weights, and chains to fold."""
