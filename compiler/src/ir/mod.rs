//! The intermediate representation: blocks of instructions over typed, mutable registers.
//!
//! Registers are not in static single assignment: Cranelift's frontend makes that. A slot is 16 bytes of the frame that always
//! hold a valid value, `Unbound` at first; instructions that write it drop what was there.

pub mod marks;
pub mod regs;
pub mod text;
pub mod verify;

use crate::types::{ConstId, Reg};
use afar_runtime::abi::Rt;
use afar_runtime::abi::libm::MathFn;

/// A register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VReg(pub u32);

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);

/// A specialisation: the unit of compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpecId(pub u32);

/// A place in the program, by its number in the runtime's table.
pub type Loc = u32;

/// Integer operations that cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the operations")]
pub enum IntOp {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    /// Arithmetic shift right by 0 to 63.
    Sar,
    /// Logical shift right by 0 to 63: of 64 bits without a sign.
    Shr,
    /// Shift left by 0 to 63, bits lost.
    Shl,
    Min,
    Max,
}

/// Integer operations whose result may not fit, which widens the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the operations")]
pub enum CheckedOp {
    Add,
    Sub,
    Mul,
    Shl,
    /// Of the elements of a strip: at most `MAX_STRIP` of them, from zero on.
    Sum,
}

/// What is known of the operands of a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quotient {
    /// Nothing.
    Any,
    /// The divisor is positive.
    Positive,
    /// The divisor is positive, and the other not negative.
    Natural,
    /// Neither has a sign, and the divisor is not zero.
    Unsigned,
    /// As `Natural`, and both fit 53 bits.
    Exact,
    /// As `Natural`, and both fit 31 bits.
    Small,
}

/// Floats that ints are divided as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the formats")]
pub enum Precision {
    Single,
    Double,
}

impl Precision {
    /// All ints from zero to this one are exact.
    pub fn exact(self) -> i64 {
        match self {
            Self::Single => 1 << 24,
            Self::Double => 1 << 53,
        }
    }
}

/// Float operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the operations")]
pub enum FloatOp {
    Add,
    Sub,
    Mul,
    /// IEEE division; the check for zero is apart.
    Div,
}

/// Float operations on one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the operations")]
pub enum FloatUnary {
    Neg,
    Abs,
    Sqrt,
}

/// Functions of libm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatFn {
    /// Of one float.
    Unary(MathFn),
    /// The power of two floats.
    Pow,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the operations")]
pub enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Cmp {
    /// What holds where this does not.
    pub fn negated(self) -> Self {
        match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::Lt => Self::Ge,
            Self::Le => Self::Gt,
            Self::Gt => Self::Le,
            Self::Ge => Self::Lt,
        }
    }

    /// The same with the operands the other way round.
    pub fn swapped(self) -> Self {
        match self {
            Self::Eq | Self::Ne => self,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
        }
    }
}

/// How long what was loaded stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasts {
    /// Anything may write there.
    No,
    /// A part of a value: until the slot that the value was found in is written, or the value is taken out of it.
    Value,
    /// As long as the call.
    Call,
}

/// What an instruction reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand {
    /// A register: a number, an address of a value, or (where a value is read) a slot.
    Reg(VReg),
    /// A number.
    Imm(i64),
    /// The value of a constant of the pool, by its address.
    Const(ConstId),
}

/// An instruction. The first register is written.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub enum Inst {
    /// A number.
    Int(VReg, i64),
    /// A float.
    Float(VReg, f64),
    /// A boolean.
    Bool(VReg, bool),
    /// A copy of a number, float, pair or boolean.
    Copy(VReg, VReg),
    /// Integer arithmetic: of ints, or of quads, each lane with its fellow, bits beyond 32 lost. A number stands for four of it.
    IntOp { op: IntOp, dst: VReg, a: VReg, b: Operand },
    /// Integer arithmetic that may not fit.
    Checked { op: CheckedOp, dst: VReg, a: VReg, b: VReg, site: u32 },
    /// `a // b`, or `a % b` with `is_mod`; raises for zero; widens for `-2**63 // -1`.
    Divide { is_mod: bool, by: Quotient, dst: VReg, a: VReg, b: VReg, site: u32, loc: Loc },
    /// Whether `a`, which is not negative and exact in such floats, is divided by one of these: `b`, by this much more each. It may say
    /// so where one of them is zero.
    AnyDivides { dst: VReg, a: VReg, b: VReg, more: [i32; 4], by: Precision },
    /// Float arithmetic: of floats, or of pairs, each with its fellow.
    FloatOp { op: FloatOp, dst: VReg, a: VReg, b: VReg },
    /// Float arithmetic on one operand, which may be a pair.
    FloatUnary { op: FloatUnary, dst: VReg, a: VReg },
    /// A function of libm, whatever it gives. With `b`, `a ** b`.
    FloatCall { func: FloatFn, dst: VReg, a: VReg, b: Option<VReg> },
    /// Comparison of integers.
    IntCmp { cmp: Cmp, dst: VReg, a: VReg, b: Operand },
    /// Nothing is done: the number in the register is known to be one of these.
    Known { reg: VReg, lo: i64, hi: i64 },
    /// `0 <= a < b`, where `b` is not negative.
    Below { dst: VReg, a: VReg, b: VReg },
    /// Comparison of floats; false for NaN, but `Ne`.
    FloatCmp { cmp: Cmp, dst: VReg, a: VReg, b: VReg },
    /// A pair of a float and itself, or a quad of an int four times.
    Splat(VReg, VReg),
    /// A quad of an int and the three that follow it.
    Steps(VReg, VReg),
    /// The sum of the four ints of a quad, which have no sign.
    SumLanes(VReg, VReg),
    /// A pair of two floats.
    Pack(VReg, VReg, VReg),
    /// One float of a pair, the first or the second.
    Lane { dst: VReg, pair: VReg, is_second: bool },
    /// Comparison of pairs: an int with a bit for each of the two, the lower one for the first.
    PairCmp { cmp: Cmp, dst: VReg, a: VReg, b: VReg },
    /// An int as a float, rounded to nearest.
    IntToFloat(VReg, VReg),
    /// A boolean as an int.
    BoolToInt(VReg, VReg),
    /// `not`.
    Not(VReg, VReg),
    /// One of two ints: the first where the condition holds.
    Select { dst: VReg, cond: VReg, then: VReg, orelse: VReg },
    /// An int is not zero.
    IntToBool(VReg, VReg),
    /// Boxes a number, float or boolean into a slot.
    Box(VReg, VReg),
    /// Writes `None` into a slot.
    SetNone(VReg),
    /// Empties a slot.
    Clear(VReg),
    /// Empties consecutive slots.
    ClearRun(VReg, u32),
    /// Copies a value into a slot, counting.
    Clone(VReg, Operand),
    /// Moves a value from a slot into another, and leaves the first empty.
    Move(VReg, VReg),
    /// As `Move`; where the slot held a list that nobody else has, of so many items in this form, that is what the other slot holds
    /// from then on, for the next list of that kind.
    Recycle { dst: VReg, src: VReg, form: i64, n: i64 },
    /// The payload of a boxed value that is known to be of this kind.
    Unbox(VReg, Operand),
    /// Has the value this tag.
    HasTag { dst: VReg, value: Operand, tag: u8 },
    /// The address of a value.
    Address(VReg, Operand),
    /// A load of the register's kind from an address that is known to be good.
    Load { dst: VReg, address: VReg, offset: i32, lasts: Lasts },
    /// A store to an address that is known to be good.
    Store { src: VReg, address: VReg, offset: i32 },
    /// The address of consecutive slots or of the frame's own memory.
    Call { spec: SpecId, args: Vec<Operand>, outs: Vec<VReg>, loc: Loc },
    /// A call of the runtime. A run of values is given by its first slot and an `Imm` count.
    Rt { rt: Rt, args: Vec<Operand>, out: Option<VReg>, loc: Loc },
    /// Stops here where the work is not wanted any more.
    Poll { loc: Loc },
    /// How often workers have asked for work so far.
    Tick(VReg),
    /// Do so many expressions wait for their turn already that no more are worth their records.
    Plenty(VReg),
    /// From here on the function is at this mark: in code for a profile alone.
    Mark { mark: u32 },
    /// Memory of the frame: its address, of this many bytes.
    FrameMemory { dst: VReg, bytes: u32 },
    /// The address of the code of a specialisation of a range body.
    SpecAddress { dst: VReg, spec: SpecId },
    /// Puts the record of an expression that waits for its turn at this place of the frame's memory for those.
    ForkPush { at: u32, body: SpecId, shape: u64, captured: Vec<Operand>, loc: Loc },
    /// Its turn has come, and it waits no more: was it given away.
    ForkPop { dst: VReg, at: u32, shape: u64 },
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub enum Term {
    /// Not ended yet.
    Open,
    /// On to a block.
    Jump(BlockId),
    /// On to one of two.
    Branch { cond: VReg, then: BlockId, orelse: BlockId },
    /// The function's results.
    Return(Vec<VReg>),
    /// A fault is in the context: on to the block's handler, or out. `trace` adds a frame to the traceback.
    Fail { loc: Loc, trace: bool },
    /// The site does not fit 64 bits: out of the unit.
    Widen { site: u32 },
    /// A generator gives the value in this slot, and goes on at the block.
    Yield { value: VReg, resume: BlockId },
    /// Nothing comes here.
    Unreachable,
}

/// A block.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it does.
    pub insts: Vec<Inst>,
    /// How it ends.
    pub term: Term,
    /// Where its faults go.
    pub handler: Option<BlockId>,
    /// Hardly ever does anything come here.
    pub is_cold: bool,
}

/// What kind of function it is, for the code generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FuncKind {
    /// Slots in the frame of the stack.
    Plain,
    /// Slots in a frame on the heap, whose address comes first; slot 0 holds the state.
    Generator,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Func {
    /// For people.
    pub name: String,
    /// Its kind.
    pub kind: FuncKind,
    /// The kinds of the registers.
    pub regs: Vec<Reg>,
    /// The parameters: numbers, floats, booleans; addresses of values as `Int`.
    pub params: Vec<VReg>,
    /// The kinds of the results; a slot is written through an address that the caller gives.
    pub results: Vec<Reg>,
    /// The blocks; the first is the entry.
    pub blocks: Vec<Block>,
    /// Bytes of the frame for records of expressions that wait.
    pub fork_bytes: u32,
    /// A piece of another function, whose call is none of the program's.
    pub is_inner: bool,
}

impl Func {
    /// An empty function.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: FuncKind::Plain,
            regs: Vec::new(),
            params: Vec::new(),
            results: Vec::new(),
            blocks: Vec::new(),
            fork_bytes: 0,
            is_inner: false,
        }
    }

    /// A new register.
    pub fn reg(&mut self, kind: Reg) -> VReg {
        self.regs.push(kind);
        VReg(u32::try_from(self.regs.len() - 1).unwrap_or(u32::MAX))
    }

    /// The kind of a register.
    pub fn kind_of(&self, reg: VReg) -> Reg {
        self.regs[reg.0 as usize]
    }
}
