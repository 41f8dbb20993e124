"""How often the statistics err: simulation on laws where the truth is known, with maximal optional stopping."""
