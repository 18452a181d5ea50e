"""The console's function: serves the built page and its files, and knows nothing else."""
