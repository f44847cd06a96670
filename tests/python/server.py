"""Answers what CPython says to programs, each of which comes as a frame on stdin.

A frame is its length in four bytes, little-endian, and so many bytes of UTF-8. The answer is two frames: how the program
ended (`done`, `raised ValueError: text`, `skipped why`), and what it printed.

Programs are run by a fork of this process, many by each: forking costs more than most programs. A program that takes too
long or too much is cut short; where that does not help the fork ends, and another one takes over.

With `--parse` a frame holds frames, and the answer is one frame with a character for each: `+` what is compiled, `-` what is
refused, `?` what says nothing.
"""

import gc
import io
import os
import resource
import signal
import statistics
import struct
import sys
import types
import warnings

import oracle  # Replaces `sum`.

SECONDS = 3
MEMORY = 1 << 30
DEPTH = 20_000
PROGRAMS = 500  # By one fork.
MODULES = """math cmath itertools functools operator collections dataclasses enum typing string re json fractions decimal bisect
heapq statistics datetime textwrap base64 struct contextlib abc numbers types copy""".split()


FMEAN = statistics.fmean


class Late(BaseException):
    """A program takes too long."""


def read_exactly(fd, n):
    data = b""
    while len(data) < n:
        part = os.read(fd, n - len(data))
        if not part:
            return None
        data += part
    return data


def read_frame(fd):
    head = read_exactly(fd, 4)
    return None if head is None else read_exactly(fd, struct.unpack("<I", head)[0])


def frame(text):
    data = text.encode("utf-8", "surrogatepass")
    return struct.pack("<I", len(data)) + data


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data) :]


def last_line(error):
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("__main__", "builtins") else f"{kind.__module__}.{kind.__qualname__}"
    try:
        text = str(error)
    except Exception:
        text = "<exception str() failed>"
    return f"{name}: {text}" if text else name


def late(_number, _frame):
    raise Late


def limit():
    """Cuts the next program short when it takes too long; kills it where that does not help."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 2 * SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, SECONDS, 0.2)


def run(text):
    caught = io.StringIO()
    sys.stdout = sys.stderr = caught
    sys.argv = [""]
    sys.unraisablehook = lambda _: None  # What is told of objects that nobody asks for any more, with their addresses.
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    end = "skipped no answer in time"
    try:
        limit()
        try:
            exec(compile(text, "program.py", "exec"), module.__dict__)
            end = "done"
        except Late:
            end = "skipped no answer in time"
        except (MemoryError, RecursionError, SystemError) as error:
            end = f"skipped {type(error).__name__}"
        except SyntaxError as error:
            end = f"skipped SyntaxError: {error}"
        except BaseException as error:
            end = "raised " + last_line(error)
        signal.setitimer(signal.ITIMER_PROF, 0)
    except Late:
        pass
    signal.setitimer(signal.ITIMER_PROF, 0)
    # How deep a recursion may go, and how much memory there is, are differences that are meant.
    # So is how CPython fails where there is no memory left for an exception.
    for word in ("RecursionError", "MemoryError", "SystemError", "maximum recursion depth exceeded"):
        if word in caught.getvalue() or word in end:
            end = "skipped " + word
    return end, caught.getvalue()


def forget():
    """What a program may have changed that outlives it."""
    sys.setrecursionlimit(DEPTH)
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    sys.modules["statistics"].fmean = FMEAN
    decimal = sys.modules["decimal"]
    decimal.setcontext(decimal.Context(traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]))


def serve_some():
    """Runs programs; says whether there are more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, late)
    for number in range(PROGRAMS):
        text = read_frame(0)
        if text is None:
            return False
        forget()
        end, printed = run(text.decode("utf-8"))
        write_all(1, frame(end) + frame(printed))
        if number % 20 == 19:
            gc.collect()
    return True


def serve():
    for name in MODULES:
        __import__(name)
    gc.collect()
    gc.freeze()
    while True:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if serve_some() else 3
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == 3:
            return
        if code != 0:
            # It died while it ran a program.
            write_all(1, frame("skipped no answer in time") + frame(""))


def parsed(text):
    try:
        compile(text.decode("utf-8"), "program.py", "exec", dont_inherit=True)
        return "+"
    except (MemoryError, RecursionError):
        return "?"
    except (SyntaxError, ValueError) as error:
        return "?" if "nested" in str(error) or "too complex" in str(error) else "-"
    except Exception:
        return "?"


def serve_parser():
    warnings.simplefilter("ignore")
    while True:
        texts = read_frame(0)
        if texts is None:
            return
        out, at = [], 0
        while at < len(texts):
            (n,) = struct.unpack_from("<I", texts, at)
            out.append(parsed(texts[at + 4 : at + 4 + n]))
            at += 4 + n
        write_all(1, frame("".join(out)))


if sys.argv[1:] == ["--parse"]:
    serve_parser()
else:
    serve()
