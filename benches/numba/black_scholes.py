import math
import sys
from numba import njit, prange


@njit
def normal(x):
    k = 1.0 / (1.0 + 0.2316419 * math.fabs(x))
    poly = k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
    tail = 0.3989422804014327 * math.exp(-0.5 * x * x) * poly
    return 1.0 - tail if x >= 0.0 else tail


@njit
def call(spot, strike, years, rate, sigma):
    root = sigma * math.sqrt(years)
    d = (math.log(spot / strike) + (rate + 0.5 * sigma * sigma) * years) / root
    return spot * normal(d) - strike * math.exp(-rate * years) * normal(d - root)


@njit(parallel=True)
def total(n):
    s = 0.0
    for i in prange(n):
        s += call(50.0 + i % 101, 60.0 + i % 83, 0.25 + i % 17 * 0.125, 0.02, 0.1 + i % 13 * 0.02)
    return s


print(f"{total(int(sys.argv[1])):.2f}")
