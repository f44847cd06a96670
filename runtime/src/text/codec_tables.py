"""Writes codec_tables.rs and codec_names.rs: the encodings of one byte a character, and the names of all, as CPython has them.

Run with CPython 3.11, in this folder.
"""

import codecs
import encodings
import encodings.aliases
import pkgutil

GAP = "\ufffe"
BYTES = [bytes([byte]) for byte in range(256)]
OWN = {
    "utf_8", "utf_8_sig", "ascii", "latin_1", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be",
    "unicode_escape", "raw_unicode_escape",
}


def module_of(name):
    try:
        return __import__(f"encodings.{name}", fromlist=["x"])
    except ImportError:
        return None


def table(name):
    decoder = codecs.lookup(name).decode
    chars = [decoder(byte, "replace")[0] for byte in BYTES]
    return "".join(GAP if c == "\ufffd" else c for c in chars)


def literal(text):
    return '"' + "".join(f"\\u{{{ord(c):x}}}" if ord(c) < 32 or ord(c) > 126 or c in '"\\' else c for c in text) + '"'


def main():
    modules = {m.name for m in pkgutil.iter_modules(encodings.__path__)} - {"aliases"}
    names = {**{name: name for name in modules}, **encodings.aliases.aliases}
    kinds, tables = {}, {}
    for alias, name in sorted(names.items()):
        module = module_of(name)
        if module is None or alias != alias.lower():
            continue
        if name == "charmap" or name == "iso8859_1":
            kinds[alias] = "latin_1"
        elif name in OWN:
            kinds[alias] = name
        elif not codecs.lookup(name)._is_text_encoding:
            kinds[alias] = "not_text"
        elif hasattr(module, "decoding_table") or hasattr(module, "decoding_map"):
            kinds[alias] = name
            tables[name] = table(name)
        else:
            kinds[alias] = "refused"
    with open("codec_tables.rs", "w") as out:
        out.write("//! The encodings of one byte a character: what each byte stands for. Written by `codec_tables.py`.\n\n")
        out.write("/// Stands where a byte has no character.\npub const GAP: char = '\\u{fffe}';\n\n")
        out.write("/// Encodings by name, with the characters of the bytes in order.\n#[rustfmt::skip]\n")
        out.write("pub const TABLES: &[(&str, &str)] = &[\n")
        for name, chars in sorted(tables.items()):
            # Most are ASCII below.
            low = "".join(map(chr, range(128)))
            short = chars[128:] if chars[:128] == low else chars
            out.write(f'    ("{name}", {literal(short)}),\n')
        out.write("];\n")
    with open("codec_names.rs", "w") as out:
        out.write("//! The names of encodings, as CPython normalizes them. Written by `codec_tables.py`.\n\n")
        out.write("/// A name in lower case with underscores, and the encoding it stands for: `not_text` is one between bytes, or of text\n")
        out.write("/// only, `refused` one that is not there.\n#[rustfmt::skip]\npub const ALIASES: &[(&str, &str)] = &[\n")
        line = "   "
        for alias, kind in sorted(kinds.items()):
            item = f' ("{alias}", "{kind}"),'
            if len(line) + len(item) > 116:
                out.write(line + "\n")
                line = "   "
            line += item
        out.write(line + "\n];\n")


main()
