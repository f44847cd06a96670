//! How the table of runtime functions describes them to the code generator.

use super::Ctx;
use crate::{Fault, Res, Value};
use std::panic::AssertUnwindSafe;

/// How a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A 64-bit integer.
    Int,
    /// A float.
    Float,
    /// The address of a value.
    Value,
}

/// What a function gives through its last parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    /// Nothing.
    Unit,
    /// A value.
    Value,
    /// A 64-bit integer or boolean.
    Int,
    /// A float.
    Float,
}

/// One function that compiled code may call. All take the context first and answer a status.
#[derive(Clone, Copy, Debug)]
pub struct RtInfo {
    /// Its name.
    pub name: &'static str,
    /// The parameters between the context and the result.
    pub params: &'static [Kind],
    /// The result.
    pub out: Out,
    /// Its address.
    pub address: *const u8,
}

pub(super) trait Param {
    const KIND: Kind;
}

impl Param for i64 {
    const KIND: Kind = Kind::Int;
}

impl Param for f64 {
    const KIND: Kind = Kind::Float;
}

impl Param for &Value {
    const KIND: Kind = Kind::Value;
}

impl Param for &mut Value {
    const KIND: Kind = Kind::Value;
}

pub(super) trait Output {
    const OUT: Out;
    /// Is it a value whose making may have taken memory, and that may be dropped for that.
    const IS_NEW: bool = false;
    type Slot;
    fn put(self, slot: &mut Self::Slot);
}

impl Output for Value {
    const OUT: Out = Out::Value;
    const IS_NEW: bool = true;
    type Slot = Value;
    fn put(self, slot: &mut Value) {
        *slot = self;
    }
}

/// A value that was made out of one that is gone: to drop it would lose that.
pub(super) struct Reused(pub(super) Value);

impl Output for Reused {
    const OUT: Out = Out::Value;
    type Slot = Value;
    fn put(self, slot: &mut Value) {
        *slot = self.0;
    }
}

impl Output for i64 {
    const OUT: Out = Out::Int;
    type Slot = i64;
    fn put(self, slot: &mut i64) {
        *slot = self;
    }
}

impl Output for bool {
    const OUT: Out = Out::Int;
    type Slot = i64;
    fn put(self, slot: &mut i64) {
        *slot = i64::from(self);
    }
}

impl Output for f64 {
    const OUT: Out = Out::Float;
    type Slot = f64;
    fn put(self, slot: &mut f64) {
        *slot = self;
    }
}

impl Output for () {
    const OUT: Out = Out::Unit;
    type Slot = ();
    fn put(self, _slot: &mut ()) {}
}

/// Runs the body of a function of the table: no panic crosses compiled frames.
pub(super) fn guard<T: Output>(ctx: &Ctx, out: &mut T::Slot, body: impl FnOnce(&Ctx) -> Res<T>) -> i64 {
    match std::panic::catch_unwind(AssertUnwindSafe(|| body(ctx))) {
        Ok(Ok(value)) => {
            if T::IS_NEW
                && crate::budget::is_over()
                && let Err(fault) = crate::budget::raise_over()
            {
                drop(value);
                ctx.set_fault(fault);
                return super::FAULT;
            }
            value.put(out);
            super::OK
        }
        Ok(Err(fault)) => {
            ctx.set_fault(fault);
            super::FAULT
        }
        Err(_) => {
            ctx.set_fault(Fault::not_pure("internal error in the runtime; please report it"));
            super::FAULT
        }
    }
}

/// Declares the functions of the table: `fn name(ctx, params...) -> Result { body }`, where the body gives a `Res<Result>`.
macro_rules! shims {
    ($($(#[$meta:meta])* fn $name:ident($ctx:ident $(, $param:ident : $ty:ty)*) -> $result:ty $body:block)*) => {
        /// The functions that compiled code may call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        #[expect(non_camel_case_types, reason = "each is named after its function")]
        pub enum Rt { $($(#[$meta])* $name),* }

        impl Rt {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its row of the table.
            pub fn info(self) -> RtInfo {
                match self {
                    $(Self::$name => RtInfo {
                        name: stringify!($name),
                        params: &[$(<$ty as Param>::KIND),*],
                        out: <$result as Output>::OUT,
                        address: functions::$name as *const u8,
                    }),*
                }
            }
        }

        mod functions {
            use super::*;
            $(
                pub(super) extern "C" fn $name(
                    ctx: &Ctx $(, $param: $ty)*, out: &mut <$result as Output>::Slot,
                ) -> i64 {
                    guard::<$result>(ctx, out, |$ctx: &Ctx| -> Res<$result> { let _ = &$ctx; $body })
                }
            )*
        }
    };
}
pub(super) use shims;
