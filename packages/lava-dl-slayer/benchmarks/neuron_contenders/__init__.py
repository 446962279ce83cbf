"""What the benchmark of neurons compares: ours, plain loops, other libraries.

A contender takes inputs (N, C, T), time last, or (T, N, C), time first, whichever
is its own, and returns spikes of that shape.
"""
