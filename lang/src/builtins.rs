//! Python's built-in names, and which of them a pure program may use.

/// The built-in names that a pure program may use. `print` has its own rule: a statement of the edge.
pub static PURE: &[&str] = &[
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "BaseExceptionGroup", "BlockingIOError",
    "BrokenPipeError", "BufferError", "BytesWarning", "ChildProcessError", "ConnectionAbortedError",
    "ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "DeprecationWarning", "EOFError",
    "Ellipsis", "EncodingWarning", "EnvironmentError", "Exception", "ExceptionGroup", "FileExistsError",
    "FileNotFoundError", "FloatingPointError", "FutureWarning", "GeneratorExit", "IOError", "ImportError",
    "ImportWarning", "IndentationError", "IndexError", "InterruptedError", "IsADirectoryError", "KeyError",
    "KeyboardInterrupt", "LookupError", "MemoryError", "ModuleNotFoundError", "NameError", "NotADirectoryError",
    "NotImplemented", "NotImplementedError", "OSError", "OverflowError", "PendingDeprecationWarning",
    "PermissionError", "ProcessLookupError", "RecursionError", "ReferenceError", "ResourceWarning", "RuntimeError",
    "RuntimeWarning", "StopAsyncIteration", "StopIteration", "SyntaxError", "SyntaxWarning", "SystemError",
    "SystemExit", "TabError", "TimeoutError", "TypeError", "UnboundLocalError", "UnicodeDecodeError",
    "UnicodeEncodeError", "UnicodeError", "UnicodeTranslateError", "UnicodeWarning", "UserWarning", "ValueError",
    "Warning", "ZeroDivisionError", "__debug__", "__name__", "__doc__", "abs", "all", "any", "ascii", "bin", "bool",
    "bytes", "callable", "chr", "classmethod", "complex", "dict", "dir", "divmod", "enumerate", "filter", "float",
    "format", "frozenset", "getattr", "hasattr", "help", "hex", "int", "isinstance", "issubclass", "iter", "len",
    "list", "map", "max", "min", "next", "object", "oct", "ord", "pow", "print", "property", "range", "repr",
    "reversed", "round", "set", "slice", "sorted", "staticmethod", "str", "sum", "super", "tuple", "type", "zip",

];

/// The built-in names that no pure program may use.
pub static IMPURE: &[&str] = &[
    "__import__", "breakpoint", "bytearray", "compile", "delattr", "eval", "exec", "globals", "hash", "id", "input",
    "locals", "memoryview", "open", "setattr", "vars",
];

/// Is this a built-in name of Python's, pure or not?
pub fn is_builtin(name: &str) -> bool {
    PURE.contains(&name) || IMPURE.contains(&name)
}

/// The pure standard library, under Python's names, and `afar`'s own modules.
pub static MODULES: &[&str] = &[
    "__future__", "afar", "afar.io", "afar.random", "base64", "binascii", "bisect", "cmath", "collections", "csv",
    "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json",
    "math", "operator", "re", "statistics", "string", "struct", "sys", "textwrap", "typing", "unicodedata", "zlib",
];

/// Is this the dotted name of a module of the pure standard library or of `afar`?
pub fn is_pure_module(name: &str) -> bool {
    MODULES.contains(&name)
}
