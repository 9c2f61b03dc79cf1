"""Pictures by filters that know a label: errors, and how smoothly a sweep turns."""
