import math
import sys
import numpy as np
from numba import njit, prange

STEPS = 400


@njit
def price(strike):
    up = math.exp(0.3 * math.sqrt(1.0 / STEPS))
    down = 1.0 / up
    p = (math.exp(0.03 / STEPS) - down) / (up - down)
    discount = math.exp(-0.03 / STEPS)
    values = np.empty(STEPS + 1)
    for j in range(STEPS + 1):
        values[j] = max(strike - 100.0 * up ** (2.0 * j - STEPS), 0.0)
    for level in range(STEPS - 1, -1, -1):
        spot = 100.0 * up ** (-1.0 * level)
        square = up * up
        fresh = np.empty(level + 1)
        for j in range(level + 1):
            held = discount * (p * values[j + 1] + (1.0 - p) * values[j])
            fresh[j] = max(held, strike - spot)
            spot = spot * square
        values = fresh
    return values[0]


@njit(parallel=True)
def total(n):
    s = 0.0
    for k in prange(n):
        s += price(80.0 + 40.0 * k / n)
    return s


print(f"{total(int(sys.argv[1])):.4f}")
