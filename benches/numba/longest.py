import sys
import numpy as np
from numba import njit, prange


@njit
def steps(n):
    count = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count = count + 1
    return count


@njit(parallel=True)
def all_steps(n):
    out = np.empty(n, np.int64)
    for i in prange(1, n):
        out[i] = steps(i)
    return out


n = int(sys.argv[1])
found = all_steps(n)
found[0] = -1
start = int(np.argmax(found))
keys = found[1:n // 10] % 100
last = int(np.flatnonzero(keys == keys.max())[-1]) + 1
print((int(found[start]), -start), last)
