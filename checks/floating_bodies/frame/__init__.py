"""The frame of the body: Coriolis terms, impulses, and the ellipse."""
