"""Runs a script as CPython does, but with the `sum` of Afar: exact, and rounded once.

Nothing else is patched; tracebacks begin with the script. Afar's manual lists this difference; a loop that adds keeps its meaning in both.
"""

import builtins
import os
import runpy
import sys
import types

PLAIN = (int, bool, float)
SCALE = 1074  # Every finite float is a whole number of 2**-1074.
python_sum = builtins.sum


def scaled(number):
    top, bottom = number.as_integer_ratio()
    return (top << SCALE) // bottom


def rounded(total):
    try:
        return total / (1 << SCALE)
    except OverflowError:
        return float("inf") if total > 0 else float("-inf")


class Total:
    """A sum of ints and floats, exact until it is asked for."""

    def __init__(self):
        self.exact = 0
        self.special = 0.0  # What infinities and NaNs make.
        self.is_float = False
        self.is_special = False
        self.is_minus_zero = True

    def add(self, number):
        if type(number) is float:
            self.is_float = True
            if number - number != 0.0:
                self.special = self.special + number if self.is_special else number
                self.is_special = True
                return
        self.is_minus_zero = self.is_minus_zero and type(number) is float and str(number) == "-0.0"
        self.exact += scaled(number)

    def value(self):
        if not self.is_float:
            return self.exact >> SCALE
        if self.is_special:
            return self.special
        return -0.0 if self.is_minus_zero else rounded(self.exact)


def exact_sum(iterable, /, start=0):
    items = iter(iterable)
    if type(start) not in PLAIN:
        return python_sum(items, start)
    total = Total()
    total.add(start)
    is_empty = True
    for item in items:
        is_empty = False
        if type(item) not in PLAIN:
            return python_sum(items, total.value() + item)
        total.add(item)
    return start if is_empty else total.value()


def shown(trace):
    """A traceback without the frames of this file and of what runs the script."""
    if trace is None:
        return None
    rest = shown(trace.tb_next)
    name = trace.tb_frame.f_code.co_filename
    if name == __file__ or name.startswith("<frozen "):
        return rest
    return types.TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def show(kind, error, trace):
    seen = set()
    todo = [error]
    while todo:
        one = todo.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.with_traceback(shown(one.__traceback__))
            todo += [one.__cause__, one.__context__]
    sys.__excepthook__(kind, error, error.__traceback__)


builtins.sum = exact_sum

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    sys.setrecursionlimit(1_000)
    sys.excepthook = show
    runpy.run_path(sys.argv[0], run_name="__main__")
