"""Writes tables.rs and decompositions.txt: asks the unicodedata of CPython 3.11 about every character."""
import sys
import unicodedata as u

CHARS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def rows(items):
    line, out = "   ", []
    for item in items:
        if len(line) + len(item) + 2 > 118:
            out.append(line)
            line = "   "
        line += " " + item + ","
    return "\n".join(out + [line])


def table(doc, decl, items):
    print(f"/// {doc}\n#[rustfmt::skip]\npub const {decl} = &[\n{rows(items)}\n];\n")


kinds, runs, previous = [], [], None
for c in range(0x110000):
    kind = ("Cs", "L", "N", 0) if 0xD800 <= c < 0xE000 else (
        u.category(chr(c)), u.bidirectional(chr(c)), u.east_asian_width(chr(c)), u.mirrored(chr(c)))
    if kind not in kinds:
        kinds.append(kind)
    if kind != previous:
        runs.append(c << 8 | kinds.index(kind))
    previous = kind
assert len(kinds) <= 256

numbers = []
for c in CHARS:
    n = u.numeric(c, None)
    if n is None:
        continue
    if numbers:
        first, last, value, step = numbers[-1]
        if ord(c) == last + 1 and n == value + step * (ord(c) - first) or \
           ord(c) == last + 1 and first == last and n - value in (0, 1):
            numbers[-1] = (first, ord(c), value, int(n - value) if first == last else step)
            continue
    numbers.append((ord(c), ord(c), n, 0))

# A line is a character, or a run of them, a tag, and what the first of them becomes; those of a run go up by one.
lines = []
for c in CHARS:
    if 0xAC00 <= ord(c) < 0xD7A4:
        continue
    parts = u.decomposition(c).split()
    if not parts:
        continue
    tag = parts.pop(0) if parts[0].startswith("<") else ""
    parts = [int(p, 16) for p in parts]
    if len(parts) == 1 and lines and len(lines[-1][3]) == 1:
        first, last, before, to = lines[-1]
        if last + 1 == ord(c) and before == tag and parts[0] - to[0] == ord(c) - first:
            lines[-1] = (first, ord(c), tag, to)
            continue
    lines.append((ord(c), ord(c), tag, parts))
with open("decompositions.txt", "w") as out:
    for first, last, tag, parts in lines:
        run = f"{first:X}" if first == last else f"{first:X}-{last:X}"
        print(f"{run};{tag};" + " ".join(f"{p:04X}" for p in parts), file=out)

print("//! What `unicodedata` of CPython 3.11 knows of characters: the tables of Unicode 14.0.")
print("//!\n//! Written by `tables.py`; there is nothing here to edit by hand.\n")
table("Category, direction, width and whether mirrored, where characters have them.",
      "KINDS: &[(&str, &str, &str, u8)]", [f'("{a}", "{b}", "{w}", {m})' for a, b, w, m in kinds])
table("Where they change: the first character, shifted left by 8 bits, and the place in [`KINDS`].",
      "RUNS: &[u32]", [f"{x:#x}" for x in runs])
table("Numeric values: first, last, value of the first, difference.",
      "NUMBERS: &[(u32, u32, f64, u8)]", [f"({a:#x}, {b:#x}, {float(v)!r}, {s})" for a, b, v, s in numbers])
print(len(kinds), len(runs), len(numbers), len(lines), file=sys.stderr)
