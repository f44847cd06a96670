//! Quoted-printable.

/// The longest line, its `=` included.
const LINE: usize = 76;

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// What is written as `=XX`.
#[derive(Clone, Copy)]
pub struct Rules {
    /// Spaces and tabs too.
    pub quotes_tabs: bool,
    /// Line ends stay as they are.
    pub is_text: bool,
    /// A space is `_`.
    pub is_header: bool,
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// Bytes from quoted-printable; what is no escape stays as it is.
pub fn decode(text: &[u8], is_header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut i = 0;
    while i < text.len() {
        let byte = text[i];
        i += 1;
        if byte != b'=' {
            out.push(if is_header && byte == b'_' { b' ' } else { byte });
            continue;
        }
        match (text.get(i), text.get(i + 1)) {
            (None, _) => break,
            // A soft line break, up to the line feed.
            (Some(b'\n' | b'\r'), _) => {
                i += text[i..].iter().position(|b| *b == b'\n').map_or(text.len() - i, |n| n + 1);
            }
            (Some(b'='), _) => {
                out.push(b'=');
                i += 1;
            }
            (Some(&high), Some(&low)) if hex(high).is_some() && hex(low).is_some() => {
                out.push(hex(high).unwrap_or(0) << 4 | hex(low).unwrap_or(0));
                i += 2;
            }
            _ => out.push(b'='),
        }
    }
    out
}

/// The text so far, and the length of its last line.
struct Output {
    bytes: Vec<u8>,
    column: usize,
    is_crlf: bool,
}

impl Output {
    fn end_line(&mut self) {
        if self.is_crlf {
            self.bytes.push(b'\r');
        }
        self.bytes.push(b'\n');
        self.column = 0;
    }

    fn soft_break(&mut self) {
        self.bytes.push(b'=');
        self.end_line();
    }

    fn escape(&mut self, byte: u8) {
        self.bytes.extend([b'=', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

fn is_quoted(data: &[u8], i: usize, column: usize, rules: Rules) -> bool {
    let (byte, next) = (data[i], data.get(i + 1));
    match byte {
        b'=' | 127.. => true,
        b'_' => rules.is_header,
        // A dot alone on its line would end a mail.
        b'.' => column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)),
        b'\r' | b'\n' => !rules.is_text,
        b'\t' | b' ' => next.is_none() || rules.quotes_tabs,
        _ => byte < 33,
    }
}

/// Quoted-printable of bytes.
pub fn encode(data: &[u8], rules: Rules) -> Vec<u8> {
    // All line ends become as the first one is.
    let first = data.iter().position(|b| *b == b'\n');
    let is_crlf = first.is_some_and(|at| at > 0 && data[at - 1] == b'\r');
    let mut out = Output { bytes: Vec::with_capacity(data.len()), column: 0, is_crlf };
    let mut i = 0;
    while i < data.len() {
        let (byte, next) = (data[i], data.get(i + 1));
        if is_quoted(data, i, out.column, rules) {
            if out.column + 3 >= LINE {
                out.soft_break();
            }
            out.escape(byte);
            out.column += 3;
        } else if rules.is_text && (byte == b'\n' || byte == b'\r' && next == Some(&b'\n')) {
            // White space at the end of a line would be lost.
            if let Some(&last @ (b' ' | b'\t')) = out.bytes.last() {
                out.bytes.pop();
                out.escape(last);
            }
            out.end_line();
            i += usize::from(byte == b'\r');
        } else {
            if next.is_some_and(|b| *b != b'\n') && out.column + 1 >= LINE {
                out.soft_break();
            }
            out.column += 1;
            out.bytes.push(if rules.is_header && byte == b' ' { b'_' } else { byte });
        }
        i += 1;
    }
    out.bytes
}
