"""Networks run backwards, and the gradients from that."""
