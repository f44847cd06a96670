//! Expressions that wait for their turn, as processes tell each other of them: what one computes whichever version of the code it belongs
//! to, which body here computes it, and what its components come to as a value.

use super::*;
use crate::lower::{is_of, whole};
use afar_runtime::collections::Range;
use afar_runtime::number;

/// What is kept of an expression that waits.
pub(super) struct Waits {
    /// The expression.
    node: NodeId,
    /// The specialisation that it is in; none where it was compiled apart from that.
    within: Option<SpecId>,
    /// The types of what it captured.
    captured: Vec<Ty>,
    /// The type of its value.
    value: Ty,
}

/// A body that computes an expression that waits.
pub struct WaitingBody {
    /// What it computes for the captured values that it was asked for.
    pub key: RangeKey,
    body: SpecId,
}

impl Compiler {
    /// Notes what a body computes.
    pub(crate) fn note_waiting(&mut self, body: SpecId, node: NodeId, captured: Vec<Ty>, value: Ty) {
        let within = self.stack.last().copied();
        self.specs[body.0 as usize].waits = Some(Arc::new(Waits { node, within, captured, value }));
    }

    fn waits_at(&self, address: usize) -> Option<(CodeId, Arc<Waits>)> {
        let spec = &self.specs[self.jit.spec_at(address)?.0 as usize];
        Some((spec.code, spec.waits.clone()?))
    }

    /// What the expression computes whose body has this address; none where only this process can tell.
    pub fn waiting_key(&self, address: usize, captured: &[Value]) -> Option<RangeKey> {
        let (code, waits) = self.waits_at(address)?;
        waits.key(self, code, captured)
    }

    /// The bodies here that may compute this expression for what was captured elsewhere.
    pub fn bodies_for(&mut self, node: u32, captured: &[Value]) -> Vec<WaitingBody> {
        let of_node = |spec: &Spec| spec.waits.as_ref().is_some_and(|waits| waits.node.0 == node);
        let all = (0..self.specs.len()).rev().filter(|at| of_node(&self.specs[*at]));
        let all: Vec<SpecId> = all.filter_map(|at| u32::try_from(at).ok()).map(SpecId).collect();
        let mut found = Vec::new();
        for body in all {
            let spec = &self.specs[body.0 as usize];
            let (code, Some(waits)) = (spec.code, spec.waits.clone()) else { continue };
            // Where ints did not fit, names are bound anew, or a type turned out wider as it was lowered, there is another one.
            let is_current =
                waits.within.is_some_and(|within| self.is_in_use(within) && self.leads(within, body));
            if let Some(key) = waits.key(self, code, captured).filter(|_| is_current) {
                found.push(WaitingBody { key, body });
            }
        }
        found
    }

    fn is_in_use(&mut self, id: SpecId) -> bool {
        let spec = &self.specs[id.0 as usize];
        let key = (spec.code, spec.params.clone(), spec.captures.clone());
        self.by_key.get(&key) == Some(&id) && self.is_valid(id)
    }

    /// Does the code of a specialisation lead to this body.
    fn leads(&self, from: SpecId, to: SpecId) -> bool {
        let mut seen = FxHashSet::default();
        let mut todo = vec![from];
        while let Some(next) = todo.pop() {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                todo.extend(self.specs[next.0 as usize].callees.iter().copied());
            }
        }
        false
    }

    /// The address of a body, and how many components its value has.
    pub fn enter_waiting(&mut self, found: &WaitingBody) -> Option<(usize, usize)> {
        let n_results = self.specs[found.body.0 as usize].waits.as_ref()?.value.regs().len();
        Some((self.body_address(found.body).ok()?, n_results))
    }

    /// The value of an expression from the components that its body gave.
    pub fn waiting_value(&self, address: usize, components: &[Value]) -> Option<Value> {
        let (_, waits) = self.waits_at(address)?;
        whole(self, &waits.value, &mut components.iter())
    }

    /// The components of the value of an expression, as its body would give them; none where it would give another kind of value.
    pub fn waiting_components(&self, address: usize, value: &Value) -> Option<Vec<Value>> {
        let (_, waits) = self.waits_at(address)?;
        let mut out = Vec::new();
        self.take_apart(&waits.value, value, &mut out).then_some(out)
    }

    fn take_apart(&self, ty: &Ty, value: &Value, out: &mut Vec<Value>) -> bool {
        match (ty, value) {
            (Ty::Tuple(types), Value::Tuple(items)) => {
                types.len() == items.len()
                    && types.iter().zip(items.iter()).all(|(ty, v)| self.take_apart(ty, v, out))
            }
            (Ty::Range, Value::Range(r)) => {
                let Range { start, stop, step } = &**r;
                out.extend([start.clone(), stop.clone(), step.clone()]);
                is_int(start) && is_int(stop) && is_int(step)
            }
            (Ty::Word, _) => number::word_of(value).is_some_and(|word| {
                out.push(Value::Int(word.cast_signed()));
                true
            }),
            (Ty::Const(id), _) => is_same(self.const_value(*id), value),
            (Ty::None, _) => value.is_none(),
            (Ty::Bool | Ty::Int | Ty::Float | Ty::Str | Ty::List(_) | Ty::Any, _) if is_of(value, ty) => {
                out.push(value.clone());
                true
            }
            _ => false,
        }
    }
}

impl Waits {
    fn key(&self, comp: &Compiler, code: CodeId, captured: &[Value]) -> Option<RangeKey> {
        let mut leaves = captured.iter();
        if !self.captured.iter().all(|ty| fits(ty, &mut leaves)) || leaves.next().is_some() {
            return None;
        }
        let mut leaves = captured.iter();
        let inputs = self.captured.iter().map(|ty| whole(comp, ty, &mut leaves)).collect::<Option<_>>()?;
        Some(RangeKey { code: code.0, node: self.node.0, inputs })
    }
}

/// Are these components of a value of this type. A function made here is told from others by a number of this process, so it has none.
fn fits<'v>(ty: &Ty, leaves: &mut impl Iterator<Item = &'v Value>) -> bool {
    match ty {
        Ty::Never | Ty::None | Ty::Const(_) => true,
        Ty::Cell | Ty::Closure(_) => false,
        Ty::Tuple(items) => items.iter().all(|ty| fits(ty, leaves)),
        Ty::Range => (0..3).all(|_| leaves.next().is_some_and(is_int)),
        Ty::Word => leaves.next().is_some_and(is_int),
        Ty::Bool | Ty::Int | Ty::Float | Ty::Str | Ty::List(_) | Ty::Any => {
            leaves.next().is_some_and(|value| is_of(value, ty))
        }
    }
}

fn is_int(value: &Value) -> bool {
    matches!(value, Value::Int(_))
}

fn is_same(known: &Value, value: &Value) -> bool {
    match (const_key(known), const_key(value)) {
        (Some(known), Some(key)) => known == key,
        _ => false,
    }
}
