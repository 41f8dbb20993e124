"""What attention costs: time and memory over the length of the sequence, and replicates a second (claim L1)."""
