"""Monte Carlo studies: one question, one file."""
