"""One door a data set."""
