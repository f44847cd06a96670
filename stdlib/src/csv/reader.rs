//! `csv.reader`: the states of CPython's reader, one character at a time.

use super::dialect::{self, Dialect, Quoting};
use super::error;
use afar_runtime::iter::{self, Iter, Iterate};
use afar_runtime::number::{construct_float, type_name};
use afar_runtime::object::Host;
use afar_runtime::{Args, Fault, Res, Value, text};

/// The longest field.
pub const LIMIT: usize = 131_072;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuotes,
    EscapedInQuotes,
    QuoteInQuotes,
    EatEnd,
    AfterEscapedEnd,
}

/// A reader.
pub struct Reader {
    lines: Value,
    dialect: Dialect,
    state: State,
    field: String,
    n_chars: usize,
    is_number: bool,
    row: Vec<Value>,
    n_lines: usize,
}

/// `reader(lines, dialect='excel', **options)`.
pub fn make(args: &Args<'_>) -> Res {
    Ok(Iter::value(Reader::new(args)?))
}

impl Reader {
    /// The reader that these arguments ask for.
    pub fn new(args: &Args<'_>) -> Res<Self> {
        let mut keywords = args.kw.to_vec();
        let mut dialect = args.pos.get(1).cloned();
        if dialect.is_none()
            && let Some(at) = keywords.iter().position(|(key, _)| key.as_str() == "dialect")
        {
            dialect = Some(keywords.remove(at).1);
        }
        match args.pos.len() {
            0 => return Err(Fault::type_error(" expected at least 1 argument, got 0")),
            1 | 2 => {}
            n => return Err(Fault::type_error(format!(" expected at most 2 arguments, got {n}"))),
        }
        let lines = iter::of(&args.pos[0])?;
        let dialect = dialect::of(dialect.as_ref(), &keywords)?;
        Ok(Self {
            lines,
            dialect,
            state: State::StartRecord,
            field: String::new(),
            n_chars: 0,
            is_number: false,
            row: Vec::new(),
            n_lines: 0,
        })
    }

    /// The lines that were read.
    pub fn n_lines(&self) -> usize {
        self.n_lines
    }

    fn add(&mut self, c: char) -> Res<()> {
        if self.n_chars >= LIMIT {
            return Err(error(format!("field larger than field limit ({LIMIT})")));
        }
        self.n_chars += 1;
        self.field.push(c);
        Ok(())
    }

    fn save(&mut self) -> Res<()> {
        self.n_chars = 0;
        let text = Value::string(std::mem::take(&mut self.field));
        let is_number = std::mem::take(&mut self.is_number);
        self.row.push(if is_number { construct_float(&Args::positional(&[text]))? } else { text });
        Ok(())
    }

    /// The field is over; `None` is the end of the line.
    fn end_field(&mut self, c: Option<char>) -> Res<State> {
        self.save()?;
        Ok(if c.is_none() { State::StartRecord } else { State::EatEnd })
    }

    /// Takes a character, `None` at the end of a line.
    fn take(&mut self, c: Option<char>) -> Res<()> {
        let is_end = matches!(c, None | Some('\n' | '\r'));
        let quotes = self.dialect.quoting != Quoting::None;
        let is_quote = c.is_some() && c == self.dialect.quote;
        let is_escape = c.is_some() && c == self.dialect.escape;
        let is_delimiter = c == Some(self.dialect.delimiter);
        let (letter, state) = (c.unwrap_or('\n'), self.state);
        self.state = match state {
            State::StartRecord if c.is_none() => State::StartRecord,
            State::StartRecord if is_end => State::EatEnd,
            State::StartRecord | State::StartField => {
                if is_end {
                    self.end_field(c)?
                } else if is_quote && quotes {
                    State::InQuotes
                } else if is_escape {
                    State::Escaped
                } else if letter == ' ' && self.dialect.skips_spaces {
                    State::StartField
                } else if is_delimiter {
                    self.save()?;
                    State::StartField
                } else {
                    self.is_number |= self.dialect.quoting == Quoting::NonNumeric;
                    self.add(letter)?;
                    State::InField
                }
            }
            State::Escaped => {
                self.add(letter)?;
                if is_end && c.is_some() { State::AfterEscapedEnd } else { State::InField }
            }
            State::AfterEscapedEnd if c.is_none() => State::AfterEscapedEnd,
            State::AfterEscapedEnd | State::InField => {
                if is_end {
                    self.end_field(c)?
                } else if is_escape {
                    State::Escaped
                } else if is_delimiter {
                    self.save()?;
                    State::StartField
                } else {
                    self.add(letter)?;
                    State::InField
                }
            }
            State::InQuotes => {
                if c.is_none() {
                    State::InQuotes
                } else if is_escape {
                    State::EscapedInQuotes
                } else if is_quote && quotes {
                    if self.dialect.doubles { State::QuoteInQuotes } else { State::InField }
                } else {
                    self.add(letter)?;
                    State::InQuotes
                }
            }
            State::EscapedInQuotes => {
                self.add(letter)?;
                State::InQuotes
            }
            State::QuoteInQuotes => {
                if is_quote && quotes {
                    self.add(letter)?;
                    State::InQuotes
                } else if is_delimiter {
                    self.save()?;
                    State::StartField
                } else if is_end {
                    self.end_field(c)?
                } else if !self.dialect.is_strict {
                    self.add(letter)?;
                    State::InField
                } else {
                    let (delimiter, quote) = (self.dialect.delimiter, self.dialect.quote.unwrap_or('"'));
                    return Err(error(format!("'{delimiter}' expected after '{quote}'")));
                }
            }
            State::EatEnd if c.is_none() => State::StartRecord,
            State::EatEnd if is_end => State::EatEnd,
            State::EatEnd => {
                return Err(error(
                    "new-line character seen in unquoted field - do you need to open the file in \
                     universal-newline mode?",
                ));
            }
        };
        Ok(())
    }

    /// The next row.
    pub fn row(&mut self) -> Res<Option<Vec<Value>>> {
        self.row.clear();
        self.field.clear();
        (self.state, self.n_chars, self.is_number) = (State::StartRecord, 0, false);
        loop {
            let Some(line) = iter::advance(&self.lines)? else {
                if self.n_chars == 0 && self.state != State::InQuotes {
                    return Ok(None);
                }
                if self.dialect.is_strict {
                    return Err(error("unexpected end of data"));
                }
                self.save()?;
                break;
            };
            let Some(line) = text::str_of(&line) else {
                return Err(error(format!(
                    "iterator should return strings, not {} (the file should be opened in text mode)",
                    type_name(&line)
                )));
            };
            self.n_lines += 1;
            for c in line.as_str().chars() {
                self.take(Some(c))?;
            }
            self.take(None)?;
            if self.state == State::StartRecord {
                break;
            }
        }
        Ok(Some(std::mem::take(&mut self.row)))
    }

    /// The dialect, as an object.
    pub fn dialect(&self) -> Value {
        Host::value(self.dialect.clone())
    }
}

impl Iterate for Reader {
    fn next(&mut self) -> Res<Option<Value>> {
        Ok(self.row()?.map(Value::list))
    }

    fn type_name(&self) -> &'static str {
        "reader"
    }

    fn attr(&mut self, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "line_num" => Some(Value::usize(self.n_lines)),
            "dialect" => Some(self.dialect()),
            _ => {
                let message = format!("'_csv.reader' object has no attribute '{name}'");
                return Err(Fault::attribute_error(message));
            }
        })
    }
}
