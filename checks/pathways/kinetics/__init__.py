"""The kinetics: what they conserve, where they stay, what no data can tell of them."""
