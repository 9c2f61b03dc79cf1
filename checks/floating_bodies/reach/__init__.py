"""What Hamiltonian and dissipative structures can reach, and what they cannot."""
