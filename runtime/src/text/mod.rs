//! Text and bytes: methods, codecs, `%` formatting and `str.format`.
