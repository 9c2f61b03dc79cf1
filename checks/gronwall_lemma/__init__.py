"""Claims about Grönwall's lemma."""
