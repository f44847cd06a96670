//! The tree of a module: Python 3.11's statements and expressions, and `remotely` blocks.
//!
//! The tree is immutable once `check` has filled in the scopes. It holds no meaning beyond the text: names are
//! resolved by [`Scope`]s, which hang on the nodes that open one.

use crate::span::Span;
use std::sync::{Arc, OnceLock};

/// An identifier, NFKC-normalised.
pub type Name = Arc<str>;

/// A number that is unique among the expressions and scopes of one parse, in order of appearance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// An identifier with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The identifier.
    pub name: Name,
    /// Where it stands.
    pub span: Span,
}

/// A whole file, or one input of a session.
#[derive(Debug, Default)]
pub struct Module {
    /// The statements, in order.
    pub body: Vec<Stmt>,
    /// The scope of the edge.
    pub scope: OnceLock<Scope>,
}

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// Where it stands, without the line end.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The kinds of statement.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields of a variant are named by what its sentence shows")]
pub enum StmtKind {
    /// An expression as a statement.
    Expr(Expr),
    /// `a = b = value`.
    Assign { targets: Vec<Expr>, value: Expr },
    /// `target op= value`: parsed, always refused.
    AugAssign { target: Expr, op: BinOp, value: Expr },
    /// `target: annotation = value`.
    AnnAssign { target: Expr, annotation: Expr, value: Option<Expr> },
    /// `def`, with its decorators (also `async def`: parsed, refused).
    Def(Arc<Function>),
    /// `class`.
    Class(Arc<Class>),
    /// `return`.
    Return(Option<Expr>),
    /// `if`; an `elif` is an `If` alone in `orelse`.
    If { test: Expr, body: Vec<Stmt>, orelse: Vec<Stmt> },
    /// `while`.
    While { test: Expr, body: Vec<Stmt>, orelse: Vec<Stmt> },
    /// `for` (also `async for`: parsed, refused).
    For { is_async: bool, target: Expr, iter: Expr, body: Vec<Stmt>, orelse: Vec<Stmt> },
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `pass`.
    Pass,
    /// `assert`.
    Assert { test: Expr, message: Option<Expr> },
    /// `raise`.
    Raise { exception: Option<Expr>, cause: Option<Expr> },
    /// `try`; with `is_star` for `except*` (parsed, refused).
    Try { body: Vec<Stmt>, handlers: Vec<Handler>, orelse: Vec<Stmt>, finally: Vec<Stmt>, is_star: bool },
    /// `with` (also `async with`: parsed, refused). A `with remotely...:` is a [`StmtKind::Block`].
    With { is_async: bool, items: Vec<WithItem>, body: Vec<Stmt> },
    /// `match`.
    Match { subject: Expr, cases: Vec<MatchCase> },
    /// `import a.b as c, d`.
    Import(Vec<Alias>),
    /// `from ..module import names`; `names` is empty for `*`.
    ImportFrom { module: Option<Ident>, level: u32, names: Vec<Alias> },
    /// `global`: parsed, refused.
    Global(Vec<Ident>),
    /// `nonlocal`: parsed, refused.
    Nonlocal(Vec<Ident>),
    /// `del`: parsed, refused.
    Delete(Vec<Expr>),
    /// A `remotely` block that is a statement.
    Block(Arc<Block>),
}

/// `remotely.mode(arguments) < body >`, or `with remotely.mode(arguments): body`.
#[derive(Debug)]
pub struct Block {
    /// Unique number.
    pub id: NodeId,
    /// From `remotely` to the closing `>`.
    pub span: Span,
    /// The name behind `remotely.`, if any: `download_all`, `remote_all`, `download_small`, checked by `check`.
    pub mode: Option<Ident>,
    /// The arguments of the mode, empty where there is no call.
    pub args: Vec<Arg>,
    /// What runs on the cluster.
    pub body: Vec<Stmt>,
    /// The scope of the body.
    pub scope: OnceLock<Scope>,
}

/// One `except` clause.
#[derive(Debug)]
pub struct Handler {
    /// Where it stands.
    pub span: Span,
    /// The class or tuple of classes, none for a bare `except`.
    pub class: Option<Expr>,
    /// The name behind `as`.
    pub name: Option<Ident>,
    /// Its body.
    pub body: Vec<Stmt>,
}

/// One item of a `with` statement.
#[derive(Debug)]
pub struct WithItem {
    /// The context manager.
    pub context: Expr,
    /// The target behind `as`.
    pub target: Option<Expr>,
}

/// One `case`.
#[derive(Debug)]
pub struct MatchCase {
    /// Where it stands.
    pub span: Span,
    /// The pattern.
    pub pattern: Pattern,
    /// The guard behind `if`.
    pub guard: Option<Expr>,
    /// Its body.
    pub body: Vec<Stmt>,
}

/// A pattern of a `match`.
#[derive(Debug)]
pub struct Pattern {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: PatternKind,
}

/// The kinds of pattern.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields of a variant are named by what its sentence shows")]
pub enum PatternKind {
    /// A number, text, or dotted name, compared by `==`.
    Value(Expr),
    /// `None`, `True`, `False`, compared by `is`.
    Singleton(Constant),
    /// `[a, b, *rest]` or `(a, b)`.
    Sequence(Vec<Pattern>),
    /// `{key: pattern, **rest}`.
    Mapping { keys: Vec<Expr>, patterns: Vec<Pattern>, rest: Option<Ident> },
    /// `Class(a, b, name=c)`.
    Class { class: Expr, positional: Vec<Pattern>, keywords: Vec<(Ident, Pattern)> },
    /// `*name` or `*_` (none) in a sequence.
    Star(Option<Ident>),
    /// `pattern as name`; a bare name has no pattern; `_` has neither.
    As { pattern: Option<Box<Pattern>>, name: Option<Ident> },
    /// `a | b`.
    Or(Vec<Pattern>),
}

/// `name as asname` of an import.
#[derive(Clone, Debug)]
pub struct Alias {
    /// The dotted name.
    pub name: Ident,
    /// The name it is bound to, where it is another.
    pub asname: Option<Ident>,
}

/// A `def` or a `lambda`.
#[derive(Debug)]
pub struct Function {
    /// Unique number.
    pub id: NodeId,
    /// The whole definition, without decorators.
    pub span: Span,
    /// Its name; `<lambda>` for a lambda.
    pub name: Ident,
    /// As CPython's `__qualname__`: `outer.<locals>.inner`, `Class.method`.
    pub qualname: OnceLock<Name>,
    /// Was it written `async def` (which is refused).
    pub is_async: bool,
    /// The decorators, first to last in the text.
    pub decorators: Vec<Expr>,
    /// The parameters, in order: positional-only, positional, `*args`, keyword-only, `**kwargs`.
    pub params: Vec<Param>,
    /// The annotation of the result.
    pub returns: Option<Expr>,
    /// The body; for a lambda one `Return`.
    pub body: Vec<Stmt>,
    /// The docstring.
    pub doc: Option<Arc<str>>,
    /// The scope of the body.
    pub scope: OnceLock<Scope>,
}

/// How a parameter takes its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParamKind {
    /// Before `/`.
    PositionalOnly,
    /// By position or by name.
    Normal,
    /// `*args`.
    Star,
    /// Behind `*`.
    KeywordOnly,
    /// `**kwargs`.
    DoubleStar,
}

/// One parameter.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// How it takes its argument.
    pub kind: ParamKind,
    /// Its default, evaluated where the function is defined.
    pub default: Option<Expr>,
    /// Its annotation.
    pub annotation: Option<Expr>,
}

/// A `class`.
#[derive(Debug)]
pub struct Class {
    /// Unique number.
    pub id: NodeId,
    /// The whole definition, without decorators.
    pub span: Span,
    /// Its name.
    pub name: Ident,
    /// As CPython's `__qualname__`.
    pub qualname: OnceLock<Name>,
    /// The decorators, first to last in the text.
    pub decorators: Vec<Expr>,
    /// Bases and keywords.
    pub args: Vec<Arg>,
    /// The body.
    pub body: Vec<Stmt>,
    /// The docstring.
    pub doc: Option<Arc<str>>,
    /// The scope of the body.
    pub scope: OnceLock<Scope>,
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// Unique number.
    pub id: NodeId,
    /// Where it stands, without enclosing parentheses.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields of a variant are named by what its sentence shows")]
pub enum ExprKind {
    /// A literal.
    Constant(Constant),
    /// A name.
    Name(Name),
    /// `left op right`.
    Binary { op: BinOp, left: Box<Expr>, right: Box<Expr> },
    /// `op operand`.
    Unary { op: UnaryOp, operand: Box<Expr> },
    /// `a and b and c`, `a or b`: two values or more.
    Bool { op: BoolOp, values: Vec<Expr> },
    /// `a < b <= c`: `ops[i]` stands between `first`, `rest[0]`, ...
    Compare { first: Box<Expr>, ops: Vec<CmpOp>, rest: Vec<Expr> },
    /// `f(a, *b, k=c, **d)`, the arguments in the order of the text.
    Call { func: Box<Expr>, args: Vec<Arg> },
    /// `value.attr`.
    Attribute { value: Box<Expr>, attr: Ident },
    /// `value[index]`; several indices come as a tuple.
    Subscript { value: Box<Expr>, index: Box<Expr> },
    /// `lower:upper:step`, only within a subscript.
    Slice { lower: Option<Box<Expr>>, upper: Option<Box<Expr>>, step: Option<Box<Expr>> },
    /// `(a, b)` or `a, b`.
    Tuple(Vec<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{a, b}`.
    Set(Vec<Expr>),
    /// `{k: v, **rest}`: a `**` has no key.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// `body if test else orelse`.
    IfElse { test: Box<Expr>, body: Box<Expr>, orelse: Box<Expr> },
    /// `lambda`.
    Lambda(Arc<Function>),
    /// A list, set, dict comprehension or generator expression.
    Comprehension(Arc<Comprehension>),
    /// `name := value`.
    Walrus { target: Ident, value: Box<Expr> },
    /// `*value`, in displays, calls' arguments excepted, targets and subscripts.
    Starred(Box<Expr>),
    /// `yield value`.
    Yield(Option<Box<Expr>>),
    /// `yield from value`.
    YieldFrom(Box<Expr>),
    /// `await value`: parsed, refused.
    Await(Box<Expr>),
    /// An f-string, with the plain strings that are written beside it.
    Format(Vec<FormatPart>),
    /// A `remotely` block whose value is used.
    Block(Arc<Block>),
    /// What could not be parsed; an error was reported.
    Error,
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `None`.
    None,
    /// `...`.
    Ellipsis,
    /// `True`, `False`.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// A larger one: its digits in base 16, without prefix.
    BigInt(Arc<str>),
    /// A float.
    Float(f64),
    /// The imaginary part of a complex.
    Imaginary(f64),
    /// Text, adjacent literals joined.
    Str(Arc<str>),
    /// Bytes, adjacent literals joined.
    Bytes(Arc<[u8]>),
}

/// A piece of an f-string.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields of a variant are named by what its sentence shows")]
pub enum FormatPart {
    /// Plain text, `{{` undone.
    Text(Arc<str>),
    /// `{value!conversion:spec}`. `debug` is the text before `=`, with the `=` and its blanks.
    Value {
        value: Expr,
        debug: Option<Arc<str>>,
        conversion: Option<Conversion>,
        spec: Option<Vec<FormatPart>>,
    },
}

/// `!r`, `!s`, `!a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Conversion {
    /// `repr`.
    Repr,
    /// `str`.
    Str,
    /// `ascii`.
    Ascii,
}

/// An argument of a call or a class.
#[derive(Debug)]
pub enum Arg {
    /// By position.
    Positional(Expr),
    /// `*value`.
    Star(Expr),
    /// `name=value`.
    Keyword(Ident, Expr),
    /// `**value`.
    DoubleStar(Expr),
}

/// A comprehension of any kind.
#[derive(Debug)]
pub struct Comprehension {
    /// Unique number.
    pub id: NodeId,
    /// What it makes.
    pub kind: ComprehensionKind,
    /// The `for` and `if` clauses.
    pub clauses: Vec<Clause>,
    /// The scope of all but the first iterable, which belongs to the enclosing one.
    pub scope: OnceLock<Scope>,
}

/// What a comprehension makes, from which element.
#[derive(Debug)]
pub enum ComprehensionKind {
    /// `[element for ...]`.
    List(Expr),
    /// `{element for ...}`.
    Set(Expr),
    /// `{key: value for ...}`.
    Dict(Expr, Expr),
    /// `(element for ...)`.
    Generator(Expr),
}

/// `for target in iter if a if b`.
#[derive(Debug)]
pub struct Clause {
    /// Written `async for` (which is refused).
    pub is_async: bool,
    /// The target.
    pub target: Expr,
    /// What is iterated over.
    pub iter: Expr,
    /// The conditions.
    pub conditions: Vec<Expr>,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinOp {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// `//`.
    FloorDiv,
    /// `%`.
    Mod,
    /// `**`.
    Pow,
    /// `@`.
    MatMul,
    /// `<<`.
    LShift,
    /// `>>`.
    RShift,
    /// `&`.
    BitAnd,
    /// `|`.
    BitOr,
    /// `^`.
    BitXor,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`.
    Neg,
    /// `+`.
    Pos,
    /// `~`.
    Invert,
    /// `not`.
    Not,
}

/// `and`, `or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoolOp {
    /// `and`.
    And,
    /// `or`.
    Or,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CmpOp {
    /// `==`.
    Eq,
    /// `!=`.
    NotEq,
    /// `<`.
    Lt,
    /// `<=`.
    LtE,
    /// `>`.
    Gt,
    /// `>=`.
    GtE,
    /// `is`.
    Is,
    /// `is not`.
    IsNot,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
}

/// What the names mean in one scope: a module, a function, a class body, a comprehension or a block.
///
/// A name that is neither local nor captured is a global of the edge or a built-in, looked up late.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The names that this scope binds. A function's parameters come first, in order. A comprehension's are its targets
    /// (a walrus in it binds in the nearest enclosing function, module, class or block).
    pub locals: Vec<Local>,
    /// The names of enclosing *function or comprehension* scopes that this scope, or a scope within it, uses. (Not of
    /// modules, class bodies and blocks at the top: those are globals. A function within a block within a function
    /// cannot be: blocks are at the edge only.) In order of first use.
    pub captures: Vec<Capture>,
    /// Names that this scope or one within it uses and that are neither local nor captured, in order of first use.
    pub globals: Vec<Name>,
    /// A function with a `yield` in its own body.
    pub is_generator: bool,
}

/// A name that a scope binds.
#[derive(Clone, Debug)]
pub struct Local {
    /// The name.
    pub name: Name,
    /// It is captured by an inner function, lambda or generator expression *and* may be bound again, or bound for the
    /// first time, after that inner one was made: it needs a cell. It does not, where every binding certainly comes before: a
    /// parameter never assigned, or a name assigned once, in the function's own straight line, before the inner one in the text
    /// and with no loop around the inner one that also holds the assignment. A `def f` that is captured by itself alone, bound
    /// once and outside of a loop, needs none either.
    pub is_cell: bool,
}

/// A name of an enclosing scope.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The name.
    pub name: Name,
    /// As the [`Local`] that it stands for.
    pub is_cell: bool,
}

impl Scope {
    /// The local of this name.
    pub fn local(&self, name: &str) -> Option<&Local> {
        self.locals.iter().find(|l| &*l.name == name)
    }

    /// The capture of this name.
    pub fn capture(&self, name: &str) -> Option<&Capture> {
        self.captures.iter().find(|c| &*c.name == name)
    }
}

/// What may stand behind `remotely.` at the head of a block.
pub const BLOCK_MODES: &[&str] = &["download_all", "remote_all", "download_small"];
