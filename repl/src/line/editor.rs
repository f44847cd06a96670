//! The line editor of a session in a terminal.

use super::complete::Names;
use super::input::{self, Needs, needs};
use super::{Flow, Repl};
use crate::cli::output;
use crate::config::{self, Colors};
use crate::render;
use afar_lang::token::{TokenClass, tokenize};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use nu_ansi_term::{Color, Style};
use reedline::{
    ColumnarMenu, EditCommand, EditMode, Emacs, FileBackedHistory, Highlighter, MenuBuilder, Prompt,
    PromptEditMode, PromptHistorySearch, Reedline, ReedlineEvent, ReedlineMenu, ReedlineRawEvent, Signal,
    StyledText, ValidationResult, Validator, default_emacs_keybindings,
};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// How many inputs the history keeps.
const HISTORY_LEN: usize = 10_000;
const MENU: &str = "completion";

/// Reads and runs inputs until the user leaves; gives the exit status.
pub(crate) fn run(repl: &mut Repl) -> i32 {
    greet();
    let mut editor = editor(repl);
    loop {
        match editor.read_line(&Marks) {
            Ok(Signal::Success(text)) => {
                if let Flow::Quit(status) = repl.input(&text) {
                    return status;
                }
            }
            Ok(Signal::CtrlD) => return 0,
            // What was typed is dropped, as at Python's prompt.
            Ok(_) => {}
            Err(error) => {
                let message = format!("the terminal does not answer: {error}");
                output::error(&render::complaint(&message, "", None, Colors::of_stderr()));
                return super::plain::run(repl);
            }
        }
    }
}

fn greet() {
    let (version, python) = (env!("CARGO_PKG_VERSION"), config::PYTHON_VERSION);
    output::result(&format!(
        "Afar {version}, the pure part of Python {python}. `:help` helps, Ctrl-D leaves.\n"
    ));
}

fn editor(repl: &Repl) -> Reedline {
    let buffer = Arc::new(Mutex::new(Buffer::default()));
    let mut keys = default_emacs_keybindings();
    keys.add_binding(
        KeyModifiers::NONE,
        KeyCode::Tab,
        ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext]),
    );
    keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
    keys.add_binding(
        KeyModifiers::ALT,
        KeyCode::Enter,
        ReedlineEvent::Edit(vec![EditCommand::InsertNewline]),
    );
    let colors = Colors::of_stdout();
    let menu = Box::new(ColumnarMenu::default().with_name(MENU));
    let made = Reedline::create()
        .with_validator(Box::new(Complete))
        .with_highlighter(Box::new(Colored { buffer: buffer.clone(), colors }))
        .with_completer(Box::new(Names { globals: repl.globals.clone() }))
        .with_quick_completions(true)
        .with_partial_completions(true)
        .with_menu(ReedlineMenu::EngineCompleter(menu))
        .with_edit_mode(Box::new(Indenting { keys: Emacs::new(keys), buffer }))
        .with_ansi_colors(colors.is_yes());
    match history() {
        Some(history) => made.with_history(Box::new(history)),
        None => made,
    }
}

/// The history of earlier sessions; none where it cannot be kept, and then one in memory serves.
fn history() -> Option<FileBackedHistory> {
    let folder = config::state_dir()?;
    std::fs::create_dir_all(&folder).ok()?;
    FileBackedHistory::with_file(HISTORY_LEN, folder.join("history.txt")).ok()
}

/// `>>> ` and `... `.
struct Marks;

impl Prompt for Marks {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _mode: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed(">>> ")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("... ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        Cow::Owned(format!("(history: {}) ", search.term))
    }
}

/// Enter runs an input that is complete, and begins a line in one that is not.
struct Complete;

impl Validator for Complete {
    fn validate(&self, text: &str) -> ValidationResult {
        match needs(text) {
            Needs::Nothing => ValidationResult::Complete,
            Needs::More | Needs::EmptyLine => ValidationResult::Incomplete,
        }
    }
}

/// What the editor shows, as the keys see it.
#[derive(Default)]
struct Buffer {
    text: String,
    cursor: usize,
    /// Keys came since it was shown, as they do when text is pasted.
    is_stale: bool,
}

/// Colors, and a look at the buffer for [`Indenting`], which the editor does not tell what it holds.
struct Colored {
    buffer: Arc<Mutex<Buffer>>,
    colors: Colors,
}

impl Highlighter for Colored {
    fn highlight(&self, line: &str, cursor: usize) -> StyledText {
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        *buffer = Buffer { text: line.to_owned(), cursor, is_stale: false };
        drop(buffer);
        let mut out = StyledText::new();
        let plain = |out: &mut StyledText, text: &str| {
            if !text.is_empty() {
                out.push((Style::new(), text.to_owned()));
            }
        };
        if !self.colors.is_yes() || line.starts_with(':') {
            plain(&mut out, line);
            return out;
        }
        let mut at = 0;
        for (span, class) in tokenize(line) {
            let (start, end) = (span.start as usize, span.end as usize);
            plain(&mut out, line.get(at..start).unwrap_or(""));
            out.push((style(class), line.get(start..end).unwrap_or("").to_owned()));
            at = end;
        }
        plain(&mut out, line.get(at..).unwrap_or(""));
        out
    }
}

fn style(class: TokenClass) -> Style {
    match class {
        TokenClass::Keyword => Color::Magenta.bold(),
        TokenClass::Builtin => Color::Cyan.normal(),
        TokenClass::Number => Color::Yellow.normal(),
        TokenClass::String => Color::Green.normal(),
        TokenClass::Comment => Color::DarkGray.normal(),
        TokenClass::Error => Color::Red.underline(),
        TokenClass::Name | TokenClass::Operator => Style::new(),
    }
}

/// The keys of Emacs; Enter and Backspace know about indentation.
struct Indenting {
    keys: Emacs,
    buffer: Arc<Mutex<Buffer>>,
}

impl Indenting {
    /// What a key means where it means more than in Emacs.
    fn indent(&self, key: &KeyEvent) -> Option<ReedlineEvent> {
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        let is_stale = std::mem::replace(&mut buffer.is_stale, true);
        if is_stale || key.modifiers != KeyModifiers::NONE {
            return None;
        }
        let before = buffer.text.get(..buffer.cursor)?;
        let line = before.rsplit('\n').next().unwrap_or("");
        let is_margin = !line.is_empty() && line.chars().all(|c| c == ' ');
        match key.code {
            KeyCode::Enter if buffer.cursor == buffer.text.len() && needs(before) != Needs::Nothing => {
                let text = format!("\n{}", input::indentation(before));
                Some(ReedlineEvent::Edit(vec![EditCommand::InsertString(text)]))
            }
            KeyCode::Backspace if is_margin => {
                let n = (line.len() - 1) % 4 + 1;
                Some(ReedlineEvent::Edit(vec![EditCommand::Backspace; n]))
            }
            KeyCode::Tab if is_margin || (line.is_empty() && !before.is_empty()) => {
                Some(ReedlineEvent::Edit(vec![EditCommand::InsertString(" ".repeat(4 - line.len() % 4))]))
            }
            _ => None,
        }
    }
}

impl EditMode for Indenting {
    fn parse_event(&mut self, event: ReedlineRawEvent) -> ReedlineEvent {
        let event: Event = event.into();
        if let Event::Key(key) = &event
            && key.kind != KeyEventKind::Release
            && let Some(meant) = self.indent(key)
        {
            return meant;
        }
        match ReedlineRawEvent::try_from(event) {
            Ok(event) => self.keys.parse_event(event),
            Err(()) => ReedlineEvent::None,
        }
    }

    fn edit_mode(&self) -> PromptEditMode {
        self.keys.edit_mode()
    }
}
