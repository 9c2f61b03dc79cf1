"""How much is noticed of what is wrong: versions of code that are wrong by rule. Nothing here runs them."""
