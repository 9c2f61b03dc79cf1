"""The limonene pathway: its kinetics, what they conserve and hide, and what regressing derivatives costs."""
