"""A block of the Evoformer, nine updates one after another, and the reduced field of the continuous one."""
