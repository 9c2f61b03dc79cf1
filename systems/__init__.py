"""What is measured: networks, simulators, data, trainings, solvers. Checks import it; it imports no check."""
