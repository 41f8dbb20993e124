"""The judge judged: every fault of the catalogue, and every unusual but right implementation, as a candidate."""
