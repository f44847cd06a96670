//! Parameters and arguments: their order, their defaults, their names.

use super::actions::{ArgItem, Ctx, ParamItem};
use super::targets;
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

const PARAMETERS: &str = "syntax/parameters";
const ARGUMENTS: &str = "syntax/arguments";

impl Ctx<'_> {
    /// The parameters of a function, their order checked.
    pub(crate) fn params(&self, items: Vec<ParamItem>) -> Vec<Param> {
        let mut out: Vec<Param> = Vec::with_capacity(items.len());
        let mut slash = None;
        let mut star: Option<Span> = None;
        let mut double_star: Option<Span> = None;
        let mut bare_star: Option<Span> = None;
        let mut default_before: Option<Span> = None;
        for item in items {
            if let Some(first) = double_star {
                let span = item_span(&item);
                self.report(
                    Diagnostic::error(PARAMETERS, "a parameter after `**` parameters", span)
                        .also(first, "nothing can follow this"),
                );
            }
            if !matches!(item, ParamItem::Normal(..))
                && let Some(span) = bare_star.take()
            {
                self.report(Diagnostic::error(PARAMETERS, "a name must follow a bare `*`", span));
            }
            match item {
                ParamItem::Normal(name, annotation, default) => {
                    bare_star = None;
                    let kind = if star.is_some() { ParamKind::KeywordOnly } else { ParamKind::Normal };
                    match (&default, default_before) {
                        (None, Some(before)) if star.is_none() => self.report(
                            Diagnostic::error(
                                PARAMETERS,
                                "a parameter without a default after one with a default",
                                name.span,
                            )
                            .also(before, "this one has a default"),
                        ),
                        (Some(_), _) => default_before = Some(name.span),
                        _ => {}
                    }
                    out.push(Param { name, kind, default, annotation });
                }
                ParamItem::Slash(span) => {
                    if slash.is_some() {
                        self.report(Diagnostic::error(PARAMETERS, "`/` can stand here only once", span));
                    } else if star.is_some() {
                        self.report(Diagnostic::error(PARAMETERS, "`/` must stand before `*`", span));
                    } else if out.is_empty() {
                        self.report(Diagnostic::error(PARAMETERS, "a parameter must stand before `/`", span));
                    }
                    slash = Some(span);
                    for param in &mut out {
                        if param.kind == ParamKind::Normal {
                            param.kind = ParamKind::PositionalOnly;
                        }
                    }
                }
                ParamItem::BareStar(span) => {
                    if star.is_some() {
                        self.report(Diagnostic::error(PARAMETERS, "`*` can stand here only once", span));
                    }
                    star = Some(span);
                    bare_star = Some(span);
                }
                ParamItem::Star(name, annotation) => {
                    if star.is_some() {
                        self.report(Diagnostic::error(PARAMETERS, "`*` can stand here only once", name.span));
                    }
                    star = Some(name.span);
                    out.push(Param { name, kind: ParamKind::Star, default: None, annotation });
                }
                ParamItem::DoubleStar(name, annotation) => {
                    double_star = Some(name.span);
                    out.push(Param { name, kind: ParamKind::DoubleStar, default: None, annotation });
                }
            }
        }
        if let Some(span) = bare_star {
            self.report(Diagnostic::error(PARAMETERS, "a name must follow a bare `*`", span));
        }
        out
    }

    /// The arguments of a call, their order checked.
    pub(crate) fn args(&self, items: Vec<ArgItem>, has_comma: bool) -> Vec<Arg> {
        let count = items.len();
        let (mut keyword, mut double_star): (Option<Span>, Option<Span>) = (None, None);
        let mut out = Vec::with_capacity(count);
        for item in items {
            match item {
                ArgItem::Positional(value) => {
                    self.check_positional(value.span, keyword, double_star);
                    out.push(Arg::Positional(value));
                }
                ArgItem::Generator(value) => {
                    if count > 1 || has_comma {
                        self.report(
                            Diagnostic::error(
                                ARGUMENTS,
                                "a generator among other arguments needs parentheses",
                                value.span,
                            )
                            .help(format!("write `({})`", self.text(value.span))),
                        );
                    }
                    out.push(Arg::Positional(value));
                }
                ArgItem::Keyword(name, value) => {
                    keyword = keyword.or(Some(name.span));
                    out.push(Arg::Keyword(name, value));
                }
                ArgItem::Star(span, value) => {
                    if let Some(first) = double_star {
                        self.report(
                            Diagnostic::error(ARGUMENTS, "`*` unpacking after `**` unpacking", span)
                                .also(first, "this must come last"),
                        );
                    }
                    out.push(Arg::Star(value));
                }
                ArgItem::DoubleStar(span, value) => {
                    double_star = double_star.or(Some(span));
                    out.push(Arg::DoubleStar(value));
                }
            }
        }
        out
    }

    fn check_positional(&self, span: Span, keyword: Option<Span>, double_star: Option<Span>) {
        if let Some(first) = double_star {
            self.report(
                Diagnostic::error(ARGUMENTS, "positional argument after `**` unpacking", span)
                    .also(first, "this must come last"),
            );
        } else if let Some(first) = keyword {
            self.report(
                Diagnostic::error(ARGUMENTS, "positional argument after a keyword argument", span)
                    .also(first, "the keyword argument"),
            );
        }
    }

    pub(crate) fn generator_arg(&self, l: u32, r: u32, element: Expr, clauses: Vec<Clause>) -> ArgItem {
        ArgItem::Generator(self.comprehension(l, r, ComprehensionKind::Generator(element), clauses))
    }

    /// `target = value` among arguments; `m` is where the target ends, parentheses and all.
    pub(crate) fn keyword(&self, l: u32, m: u32, r: u32, target: Expr, value: Expr) -> ArgItem {
        match target.kind {
            ExprKind::Name(_) if target.span == Span::new(l, m) => {
                ArgItem::Keyword(Ident { name: self.plain_name(target.span), span: target.span }, value)
            }
            kind => {
                let what = match kind {
                    ExprKind::Name(_) => "a name in parentheses",
                    _ => targets::describe(&kind),
                };
                let mut error = Diagnostic::error(
                    ARGUMENTS,
                    format!("{what} cannot be the name of an argument"),
                    target.span,
                );
                if !matches!(kind, ExprKind::Constant(_)) {
                    error = error.help("maybe you meant `==` instead of `=`");
                }
                self.report(error);
                ArgItem::Positional(self.error_expr(l, r))
            }
        }
    }
}

fn item_span(item: &ParamItem) -> Span {
    match item {
        ParamItem::Normal(name, ..) | ParamItem::Star(name, _) | ParamItem::DoubleStar(name, _) => name.span,
        ParamItem::Slash(span) | ParamItem::BareStar(span) => *span,
    }
}
