"""The seven systems of the paper, their tasks and trainings."""
