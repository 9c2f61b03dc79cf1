"""Bodies that a plane flow carries: flows by streamfunctions, drag, what structures can reach, the body frame."""
