"""The Evoformer in depth: what its updates add at most, what their order costs, and clocks."""
