"""What the claims of Grönwall's lemma measure."""
