"""Which problems means are judged on, and to what tolerance."""

SYNTHETIC = ("P0", "P1")

ACTIVATIONS = ("P7-l0h3", "P7-l0h8", "P7-l2h3", "P7-l2h8", "P7-l5h3", "P7-l5h8")

LOW_SPAN = ("P3L-d2", "P3L-d8", "P3L-d64")

FEW_SAMPLES_SHARE = 3
"""With one sample a query the tolerance is this many times the profile's: the spread of one draw is that much larger."""
