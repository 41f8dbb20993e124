"""Contiguous segments of a sequence, the longer ones first, as ``numpy.array_split`` cuts it."""


def segments(n: int, n_segments: int) -> list[range]:
    """``n mod n_segments`` segments of one more than ``n // n_segments``, then the others."""
    cut, begin = [], 0
    for number in range(n_segments):
        end = begin + n // n_segments + (1 if number < n % n_segments else 0)
        cut.append(range(begin, end))
        begin = end
    return cut
