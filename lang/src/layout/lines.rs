//! One logical line at a time: its indentation, its soft keywords, its `remotely` block.

use super::{Expect, Level, Line, MAX_CHAIN, MAX_DEPTH, MAX_INDENTS, OpenBlock, State, too_deep};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::token::{Kind, Token};

impl State<'_> {
    /// Ends the logical line, if it holds anything.
    pub(super) fn finish_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        let (Some(first), Some(last)) = (line.first().copied(), line.last().copied()) else {
            // Only characters that are no tokens: they were reported.
            self.is_wrong = false;
            return;
        };
        if line.len() == 1 && first.kind == Kind::Greater && !self.blocks.is_empty() {
            self.close_block(first);
            self.is_wrong = false;
            return;
        }
        if let Some(span) = too_deep_at(&line) {
            self.error(too_deep(span));
        }
        // What goes wrong in the indentation is the line's own trouble, not its tokens'.
        let is_wrong = self.is_wrong;
        self.indent(first.span);
        self.is_wrong = is_wrong;
        self.soft_keywords(&mut line);
        with_items(&mut line);
        let opener = self.find_block(&mut line);

        self.expect = match (first.kind, last.kind) {
            _ if opener.is_some() => Expect::Block(line[line.len() - 1]),
            (_, Kind::Colon) if opens_block(line[0].kind) => Expect::Block(line[0]),
            (_, Kind::Colon) => Expect::Maybe,
            _ if opens_block(line[0].kind) && !line.iter().any(|t| t.kind == Kind::Colon) => Expect::Maybe,
            _ => Expect::Same,
        };
        if line[0].kind == Kind::Match {
            self.matches.push(self.levels.len() + 1);
        }
        if let Some(opener) = opener {
            self.blocks.push(OpenBlock { opener, depth: self.levels.len() });
        }
        let is_top = self.levels.iter().filter(|l| l.is_real).count() == 1;
        self.emit_line(&line, last.span.end, is_top);
        line.clear();
        self.line = line;
        self.is_wrong = false;
    }

    fn emit_line(&mut self, line: &[Token], end: u32, is_top: bool) {
        let start = self.out.tokens.len();
        self.out.tokens.extend_from_slice(line);
        self.emit(Kind::Newline, end);
        self.out.lines.push(Line { start, end: self.out.tokens.len(), is_wrong: self.is_wrong, is_top });
    }

    fn emit(&mut self, kind: Kind, at: u32) {
        self.out.tokens.push(Token { kind, span: Span::new(at, at) });
    }

    /// Compares the line's indentation with the open levels.
    fn indent(&mut self, first: Span) {
        let (column, alt_column) = match self.joined_at {
            Some(at) => (self.columns(at).0, self.columns(at).0),
            None => self.columns(first.start),
        };
        let top = self.top();
        let indentation = Span::new(self.line_start.min(first.start), first.start);
        if column > top.column {
            if alt_column <= top.alt_column {
                self.mixed_tabs(indentation);
            }
            if self.expect == Expect::Same {
                self.error(
                    Diagnostic::error("syntax/indentation", "unexpected indentation", first)
                        .label("deeper than the line before, which opens no block"),
                );
                self.levels.push(Level { column, alt_column, is_real: false });
            } else {
                self.levels.push(Level { column, alt_column, is_real: true });
                self.emit(Kind::Indent, first.start);
                if self.levels.len() == MAX_INDENTS {
                    self.error(Diagnostic::error("syntax/too-deep", "too many levels of indentation", first));
                }
            }
            return;
        }
        self.missing_block(first.start);
        self.dedent_to(column, first.start, None);
        let top = self.top();
        if column != top.column {
            self.error(
                Diagnostic::error("syntax/indentation", "the indentation matches no line above", first)
                    .help(format!("indent it by {} or by as much as one of the lines around it", top.column)),
            );
        } else if alt_column != top.alt_column {
            self.mixed_tabs(indentation);
        }
    }

    fn top(&self) -> Level {
        self.levels.last().copied().unwrap_or(Level { column: 0, alt_column: 0, is_real: true })
    }

    fn mixed_tabs(&mut self, span: Span) {
        self.error(
            Diagnostic::error("syntax/indentation", "tabs and blanks are mixed in the indentation", span)
                .help("indent with blanks only"),
        );
    }

    pub(super) fn columns(&self, at: u32) -> (u32, u32) {
        let (mut column, mut alt_column) = (0, 0);
        for byte in self.text(Span::new(self.line_start, at)).bytes() {
            match byte {
                b'\t' => {
                    column = (column / 8 + 1) * 8;
                    alt_column += 1;
                }
                b'\x0c' => (column, alt_column) = (0, 0),
                _ => {
                    column += 1;
                    alt_column += 1;
                }
            }
        }
        (column, alt_column)
    }

    /// Reports a header without a block, and gives it one.
    fn missing_block(&mut self, at: u32) {
        let Expect::Block(header) = std::mem::replace(&mut self.expect, Expect::Same) else { return };
        let at_end = self.source.get(at as usize..).is_none_or(|rest| rest.trim().is_empty());
        let what = match header.kind {
            Kind::Def => "a function definition".to_owned(),
            Kind::Class => "a class definition".to_owned(),
            Kind::BlockOpen => "`remotely <`".to_owned(),
            _ => format!("`{}`", self.text(header.span)),
        };
        let error = Diagnostic::error(
            "syntax/expected-block",
            format!("expected an indented block after {what}"),
            header.span,
        )
        .help("indent what belongs to it; `pass` does nothing");
        if at_end {
            self.ends_early(error)
        } else {
            self.error(error)
        }
        self.emit(Kind::Indent, at);
        let start = self.out.tokens.len();
        self.emit(Kind::Wrong, at);
        self.emit(Kind::Newline, at);
        self.out.lines.push(Line { start, end: self.out.tokens.len(), is_wrong: true, is_top: false });
        self.emit(Kind::Dedent, at);
        self.close_lost_blocks(at, None);
    }

    fn dedent_to(&mut self, column: u32, at: u32, closing_depth: Option<usize>) {
        while self.top().column > column && self.levels.len() > 1 {
            self.pop_level(at, closing_depth);
        }
    }

    fn pop_level(&mut self, at: u32, closing_depth: Option<usize>) {
        if self.levels.pop().is_some_and(|l| l.is_real) {
            self.emit(Kind::Dedent, at);
        }
        while self.matches.last().is_some_and(|m| *m > self.levels.len()) {
            self.matches.pop();
        }
        self.close_lost_blocks(at, closing_depth);
    }

    /// The blocks whose body has ended without a `>`.
    fn close_lost_blocks(&mut self, at: u32, closing_depth: Option<usize>) {
        while let Some(block) = self.blocks.pop_if(|b| b.depth >= self.levels.len()) {
            if closing_depth == Some(block.depth) {
                self.blocks.push(block);
                return;
            }
            let at_end = self.source.get(at as usize..).is_none_or(|rest| rest.trim().is_empty());
            let error = Diagnostic::error(
                "syntax/unclosed-block",
                "the `<` of this block was never closed",
                block.opener,
            )
            .help("write `>` alone on the line after the block");
            if at_end {
                self.ends_early(error)
            } else {
                self.error(error)
            }
            self.emit_close(Span::new(at, at));
        }
    }

    fn emit_close(&mut self, span: Span) {
        let start = self.out.tokens.len();
        self.out.tokens.push(Token { kind: Kind::BlockClose, span });
        self.emit(Kind::Newline, span.end);
        self.out.lines.push(Line { start, end: self.out.tokens.len(), is_wrong: false, is_top: false });
    }

    /// `>` alone on its line.
    fn close_block(&mut self, t: Token) {
        let Some(depth) = self.blocks.last().map(|b| b.depth) else { return };
        if let Expect::Block(header) = self.expect
            && header.kind == Kind::BlockOpen
        {
            // An empty block: its own `>` must survive the repair.
            let block = self.blocks.pop();
            self.missing_block(t.span.start);
            self.blocks.extend(block);
        } else {
            self.missing_block(t.span.start);
        }
        while self.levels.len() > depth {
            self.pop_level(t.span.start, Some(depth));
        }
        self.blocks.pop();
        self.expect = Expect::Same;
        self.emit_close(t.span);
    }

    /// The end of the text closes all that is open.
    pub(super) fn finish(&mut self, end: u32) {
        self.missing_block(end);
        while self.levels.len() > 1 {
            self.pop_level(end, None);
        }
        self.close_lost_blocks(end, None);
    }

    fn soft_keywords(&self, line: &mut [Token]) {
        let [first, rest @ ..] = line else { return };
        if first.kind != Kind::Name {
            return;
        }
        let (Some(second), Some(last)) = (rest.first(), rest.last()) else { return };
        match self.text(first.span) {
            "match" if last.kind == Kind::Colon && rest.len() > 1 && may_begin_operand(second.kind) => {
                first.kind = Kind::Match;
            }
            "case" if self.matches.last() == Some(&self.levels.len()) => first.kind = Kind::Case,
            _ => {}
        }
    }

    /// Marks a `remotely` block that begins in this line; gives its `<` where the block has lines of its own.
    fn find_block(&mut self, line: &mut [Token]) -> Option<Span> {
        let mut depth = 0_usize;
        let mut inline = false;
        for i in 0..line.len() {
            match line[i].kind {
                Kind::LParen | Kind::LBracket | Kind::LBrace | Kind::WithParen => depth += 1,
                Kind::RParen | Kind::RBracket | Kind::RBrace => depth = depth.saturating_sub(1),
                Kind::Name if line[i].span.end - line[i].span.start == 8 => {
                    if self.text(line[i].span) != "remotely" {
                        continue;
                    }
                    let Some(less) = self.block_head(line, i) else { continue };
                    let before = i.checked_sub(1).map(|b| line[b].kind);
                    let span = line[less].span;
                    if inline || depth > 0 || !may_precede_block(before) {
                        if before.is_none_or(|b| b != Kind::Dot) {
                            self.misplaced_block(line[i].span.to(span));
                        }
                        continue;
                    }
                    line[i].kind = Kind::Remotely;
                    if less + 1 == line.len() {
                        line[less].kind = Kind::BlockOpen;
                        return Some(span);
                    }
                    inline = true;
                    line[less].kind = Kind::InlineOpen;
                    self.close_inline(line, span);
                }
                _ => {}
            }
        }
        None
    }

    fn close_inline(&mut self, line: &mut [Token], open: Span) {
        let Some(last) = line.last_mut() else { return };
        if last.kind == Kind::Greater {
            last.kind = Kind::BlockClose;
        } else {
            let end = last.span.end;
            self.error(
                Diagnostic::error("syntax/unclosed-block", "the `<` of this block was never closed", open)
                    .also(Span::new(end, end), "expected `>` here")
                    .help("end the line with `>`, or begin a block of several lines right after `<`"),
            );
        }
    }

    fn misplaced_block(&mut self, span: Span) {
        self.error(
            Diagnostic::error("blocks/position", "a `remotely` block cannot stand here", span)
                .label("it stands as a statement, or to the right of `=`")
                .help("give its value a name first: `value = remotely < ... >`"),
        );
    }

    /// The index of the `<` behind `remotely` or `remotely.mode(...)` at `i`.
    fn block_head(&self, line: &[Token], i: usize) -> Option<usize> {
        let kind = |at: usize| line.get(at).map(|t| t.kind);
        if kind(i + 1) == Some(Kind::Less) {
            return Some(i + 1);
        }
        if kind(i + 1) != Some(Kind::Dot) || kind(i + 2) != Some(Kind::Name) {
            return None;
        }
        let mut at = i + 3;
        if kind(at) == Some(Kind::LParen) {
            at = matching(line, at)? + 1;
        }
        let is_mode = line.get(i + 2).is_some_and(|t| crate::ast::BLOCK_MODES.contains(&self.text(t.span)));
        let starts = may_precede_block(i.checked_sub(1).map(|b| line[b].kind));
        (kind(at) == Some(Kind::Less) && (is_mode || starts)).then_some(at)
    }
}

/// Where a chain of operands begins to nest too deeply: in brackets, or on its right by prefix operators, `**`, `else`
/// and `lambda`, or on its left by attributes and calls.
pub(super) fn too_deep_at(line: &[Token]) -> Option<Span> {
    let mut outer: Vec<(usize, usize)> = Vec::new();
    let (mut total, mut here, mut chain, mut before) = (0_usize, 0_usize, 0_usize, Kind::Newline);
    for t in line {
        let after_operand = ends_operand(before);
        match t.kind {
            Kind::LParen | Kind::LBracket | Kind::LBrace => {
                chain += usize::from(after_operand);
                outer.push((here, chain));
                total += here + 1;
                (here, chain) = (0, 0);
            }
            Kind::RParen | Kind::RBracket | Kind::RBrace => {
                (here, chain) = outer.pop().unwrap_or((0, 0));
                total = total.saturating_sub(here + 1);
            }
            Kind::Comma | Kind::Semicolon => (here, chain) = (0, 0),
            Kind::Dot => chain += 1,
            Kind::Not | Kind::Else | Kind::DoubleStar | Kind::Await | Kind::Tilde => here += 1,
            // Each has a name that holds those of all around it.
            Kind::Lambda => here += MAX_DEPTH / 200,
            Kind::Minus | Kind::Plus if !after_operand => here += 1,
            _ => {}
        }
        if total + here > MAX_DEPTH || chain > MAX_CHAIN {
            return Some(t.span);
        }
        before = t.kind;
    }
    None
}

fn ends_operand(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        Name | Int | Float | Imaginary | Str | RParen | RBracket | RBrace | None | True | False | Ellipsis
    )
}

/// Marks the parenthesis of `with (a as b, c): ...`, where it holds items and not a value.
fn with_items(line: &mut [Token]) {
    let at = match line {
        [a, b, ..] if a.kind == Kind::With && b.kind == Kind::LParen => 1,
        [a, b, c, ..] if a.kind == Kind::Async && b.kind == Kind::With && c.kind == Kind::LParen => 2,
        _ => return,
    };
    let Some(end) = matching(line, at) else { return };
    if end == at + 1 || line.get(end + 1).is_none_or(|t| t.kind != Kind::Colon) {
        return;
    }
    let mut depth = 0_usize;
    let mut before = Kind::Comma;
    for t in &line[at + 1..end] {
        match t.kind {
            Kind::LParen | Kind::LBracket | Kind::LBrace => depth += 1,
            Kind::RParen | Kind::RBracket | Kind::RBrace => depth = depth.saturating_sub(1),
            Kind::For | Kind::Walrus | Kind::Yield if depth == 0 => return,
            Kind::Star if depth == 0 && before == Kind::Comma => return,
            _ => {}
        }
        before = t.kind;
    }
    line[at].kind = Kind::WithParen;
}

/// The index of the bracket that closes the one at `at`.
fn matching(line: &[Token], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (i, t) in line.iter().enumerate().skip(at) {
        match t.kind {
            Kind::LParen | Kind::LBracket | Kind::LBrace => depth += 1,
            Kind::RParen | Kind::RBracket | Kind::RBrace => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

fn may_precede_block(before: Option<Kind>) -> bool {
    matches!(before, None | Some(Kind::Semicolon | Kind::Colon | Kind::Equal | Kind::Return))
}

fn opens_block(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        If | Elif | Else | For | While | Try | Except | Finally | With | Def | Class | Async | Match | Case
    )
}

/// Can an operand begin with this, right behind `match`?
fn may_begin_operand(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        Name | Int
            | Float
            | Imaginary
            | Str
            | LParen
            | LBracket
            | LBrace
            | Minus
            | Plus
            | Tilde
            | Star
            | Not
            | Lambda
            | None
            | True
            | False
            | Ellipsis
            | Await
    )
}
