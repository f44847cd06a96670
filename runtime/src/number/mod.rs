//! Numbers: arithmetic, parsing, rendering, the format mini-language for them, and their methods.
