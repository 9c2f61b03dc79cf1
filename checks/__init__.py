"""The claims: one folder a subject, one file a claim."""
