import math
import sys
import numpy as np
from numba import njit, prange

DAYS = 64


@njit
def mix(i):
    z = np.uint64(i) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit
def uniform(i):
    return (np.float64(mix(i) >> np.uint64(11)) + 0.5) / 9007199254740992.0


@njit
def normal(i):
    return math.sqrt(-2.0 * math.log(uniform(2 * i + 1))) * math.cos(6.283185307179586 * uniform(2 * i + 2))


@njit(parallel=True)
def total(n):
    s = 0.0
    for path in prange(n):
        price, total = 100.0, 0.0
        for day in range(DAYS):
            price = price * math.exp(0.0001 + 0.0125 * normal(path * DAYS + day))
            total = total + price
        s += max(total / DAYS - 100.0, 0.0)
    return s


n = int(sys.argv[1])
print(f"{total(n) / n:.6f}")
