"""How far a residual network is from its ODE, and what that costs: figures by room."""
