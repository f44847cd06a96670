//! The text of a pattern or template, read token by token: a character, or a backslash with the one behind it.

use super::tree::{Parsed, Wrong};
use afar_runtime::text;

/// What is read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// A character.
    Char(char),
    /// A backslash and a character.
    Escape(char),
}

impl Token {
    /// Its length in characters.
    pub fn len(self) -> usize {
        match self {
            Self::Char(_) => 1,
            Self::Escape(_) => 2,
        }
    }

    /// Its text.
    pub fn text(self) -> String {
        match self {
            Self::Char(c) => c.to_string(),
            Self::Escape(c) => format!("\\{c}"),
        }
    }
}

/// A pattern or template that is being read.
pub struct Source {
    /// Its characters; bytes as those of Latin 1.
    chars: Vec<char>,
    /// Is it text, not bytes.
    pub is_text: bool,
    index: usize,
    /// The next token.
    pub next: Option<Token>,
}

impl Source {
    /// A source at its beginning.
    pub fn new(chars: Vec<char>, is_text: bool) -> Parsed<Self> {
        let mut source = Self { chars, is_text, index: 0, next: None };
        source.advance()?;
        Ok(source)
    }

    fn advance(&mut self) -> Parsed<()> {
        let at = self.index;
        self.next = match self.chars.get(at) {
            None => None,
            Some('\\') => match self.chars.get(at + 1) {
                Some(c) => Some(Token::Escape(*c)),
                None => {
                    let last = self.chars.len() - 1;
                    return Err(Wrong::Pattern("bad escape (end of pattern)".into(), Some(last)));
                }
            },
            Some(c) => Some(Token::Char(*c)),
        };
        self.index = at + self.next.map_or(0, Token::len);
        Ok(())
    }

    /// Is the next token this character.
    pub fn at(&self, c: char) -> bool {
        self.next == Some(Token::Char(c))
    }

    /// The next token, if it is a character that is accepted.
    pub fn next_if(&self, accepts: impl Fn(char) -> bool) -> Option<char> {
        match self.next {
            Some(Token::Char(c)) if accepts(c) => Some(c),
            _ => None,
        }
    }

    /// Skips this character.
    pub fn take(&mut self, c: char) -> Parsed<bool> {
        let found = self.at(c);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Reads a token.
    pub fn get(&mut self) -> Parsed<Option<Token>> {
        let this = self.next;
        self.advance()?;
        Ok(this)
    }

    /// Reads at most `n` characters that are accepted.
    pub fn get_while(&mut self, n: usize, accepts: impl Fn(char) -> bool) -> Parsed<String> {
        let mut out = String::new();
        for _ in 0..n {
            let Some(c) = self.next_if(&accepts) else { break };
            out.push(c);
            self.advance()?;
        }
        Ok(out)
    }

    /// Reads a name up to `terminator`, which is skipped.
    pub fn get_until(&mut self, terminator: char, what: &str) -> Parsed<String> {
        let mut out = String::new();
        loop {
            match self.get()? {
                None if out.is_empty() => return Err(self.error(format!("missing {what}"), 0)),
                None => {
                    let n = out.chars().count();
                    return Err(self.error(format!("missing {terminator}, unterminated name"), n));
                }
                Some(Token::Char(c)) if c == terminator => {
                    if out.is_empty() {
                        return Err(self.error(format!("missing {what}"), 1));
                    }
                    return Ok(out);
                }
                Some(token) => out.push_str(&token.text()),
            }
        }
    }

    /// Where the next token starts.
    pub fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    /// Goes to a place.
    pub fn seek(&mut self, at: usize) -> Parsed<()> {
        self.index = at;
        self.advance()
    }

    /// `re.error` at so many characters before the next token.
    pub fn error(&self, message: impl Into<String>, offset: usize) -> Wrong {
        let message = message.into();
        let message =
            if self.is_text || message.is_ascii() { message } else { text::ascii_of_repr(&message) };
        Wrong::Pattern(message, Some(self.tell().saturating_sub(offset)))
    }

    /// Refuses a name that is no identifier.
    pub fn check_group_name(&self, name: &str, offset: usize) -> Parsed<()> {
        if text::is_identifier(name) {
            return Ok(());
        }
        let message = format!("bad character in group name {}", text::repr_str(name));
        Err(self.error(message, name.chars().count() + offset))
    }
}
