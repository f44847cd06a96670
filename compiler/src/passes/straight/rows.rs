//! Floats that are stored side by side and made by the same steps are computed as pairs.
//!
//! From two neighboring stores back to neighboring loads, as far as the steps are alike; where they are not, two floats are packed
//! into one pair. What else reads one of the floats takes it out of its pair.

use super::line::{Line, alike, sides};
use crate::ir::regs::{Access, each_of_term, each_reg};
use crate::ir::{BlockId, Func, Inst, Lasts, VReg};
use crate::types::Reg;
use rustc_hash::{FxHashMap, FxHashSet};

/// Steps back from a store.
const DEPTH: usize = 40;
/// Bytes of a float.
const FLOAT: i32 = 8;

/// How a pair is made.
#[derive(Clone, Copy)]
enum Kind {
    /// As one load, of what two loads do.
    Load,
    /// By the step of its floats, of other pairs.
    Step([Option<usize>; 2]),
    /// Of two floats, or of one twice.
    Pack,
}

#[derive(Clone, Copy)]
struct Node {
    two: [VReg; 2],
    kind: Kind,
    /// Before which instruction it is made.
    at: usize,
}

/// Pairs that are made on a way.
struct Rows<'a> {
    line: &'a Line,
    /// The block of each instruction, by its place on the way.
    block_of: Vec<usize>,
    /// How often each register is read, anywhere.
    reads: FxHashMap<VReg, usize>,
    nodes: Vec<Node>,
    found: FxHashMap<[VReg; 2], usize>,
    taken: FxHashSet<VReg>,
    /// The first of two stores, the second, and what they store.
    stores: Vec<(usize, usize, usize)>,
}

/// Makes pairs of what a way stores side by side.
pub(super) fn pair(func: &mut Func, way: &[BlockId]) {
    let insts = way.iter().flat_map(|b| &func.blocks[b.0 as usize].insts);
    if insts.filter(|inst| matches!(inst, Inst::Store { .. })).count() < 2 {
        return;
    }
    let line = Line::of(func, way);
    let lens = way.iter().map(|b| func.blocks[b.0 as usize].insts.len()).enumerate();
    let block_of = lens.flat_map(|(i, n)| std::iter::repeat_n(i, n)).collect();
    let mut rows = Rows {
        line: &line,
        block_of,
        reads: reads(func),
        nodes: Vec::new(),
        found: FxHashMap::default(),
        taken: FxHashSet::default(),
        stores: Vec::new(),
    };
    for second in 1..line.insts.len() {
        if let Some(first) = rows.store_before(func, second) {
            rows.seed(func, first, second);
        }
    }
    if !rows.stores.is_empty() {
        let (nodes, stores) = (rows.used_nodes(), rows.stores);
        write(func, way, &line, &nodes, &stores);
    }
}

fn reads(func: &Func) -> FxHashMap<VReg, usize> {
    let mut all: FxHashMap<VReg, usize> = FxHashMap::default();
    let mut note = |reg, access| {
        if access == Access::Read {
            *all.entry(reg).or_default() += 1;
        }
    };
    for block in &func.blocks {
        block.insts.iter().for_each(|inst| each_reg(inst, &mut note));
        each_of_term(&block.term, &mut note);
    }
    all
}

/// Does an instruction neither write memory, nor anything that loads depend on.
fn is_pure(inst: &Inst) -> bool {
    matches!(
        inst,
        Inst::FloatOp { .. }
            | Inst::FloatUnary { .. }
            | Inst::Float(..)
            | Inst::Int(..)
            | Inst::IntOp { .. }
            | Inst::Copy(..)
            | Inst::Lane { .. }
            | Inst::Load { .. }
    )
}

impl Rows<'_> {
    /// The store of a float right before what this one stores, in the same block, with nothing between that could tell.
    fn store_before(&self, func: &Func, second: usize) -> Option<usize> {
        let Inst::Store { src, address, offset } = &self.line.insts[second] else { return None };
        if func.kind_of(*src) != Reg::Float {
            return None;
        }
        for at in (0..second).rev().take_while(|at| self.block_of[*at] == self.block_of[second]) {
            match &self.line.insts[at] {
                Inst::Store { src: other, address: base, offset: from } if base == address => {
                    if from.checked_add(FLOAT) == Some(*offset) && func.kind_of(*other) == Reg::Float {
                        let is_used = self.stores.iter().any(|(a, b, _)| *a == at || *b == at);
                        return (!is_used).then_some(at);
                    }
                }
                inst if is_pure(inst) && !matches!(inst, Inst::Load { lasts: Lasts::No, .. }) => {
                    let mut moves = false;
                    each_reg(inst, &mut |r, access| moves |= access == Access::Write && r == *address);
                    if moves {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        None
    }

    /// Stores two floats as a pair, where that saves steps.
    fn seed(&mut self, func: &Func, first: usize, second: usize) {
        let (Inst::Store { src: a, .. }, Inst::Store { src: b, .. }) =
            (&self.line.insts[first], &self.line.insts[second])
        else {
            return;
        };
        let before = self.nodes.len();
        let root = self.node(func, [*a, *b], DEPTH).filter(|root| self.nodes[*root].at <= first);
        match root {
            Some(root) if self.pays(before, root) => self.stores.push((first, second, root)),
            _ => {
                for node in self.nodes.drain(before..) {
                    self.found.remove(&node.two);
                    if !matches!(node.kind, Kind::Pack) {
                        self.taken.remove(&node.two[0]);
                        self.taken.remove(&node.two[1]);
                    }
                }
            }
        }
    }

    fn node(&mut self, func: &Func, two: [VReg; 2], depth: usize) -> Option<usize> {
        if let Some(known) = self.found.get(&two) {
            return Some(*known);
        }
        let is_free = two[0] != two[1] && !two.iter().any(|r| self.taken.contains(r));
        let made = if is_free && depth > 0 {
            self.taken.extend(two);
            let made = self.load(func, two).or_else(|| self.step(func, two, depth - 1));
            if made.is_none() {
                self.taken.remove(&two[0]);
                self.taken.remove(&two[1]);
            }
            made
        } else {
            None
        };
        let (kind, at) = match made {
            Some(made) => made,
            None => (Kind::Pack, self.ready(two)?),
        };
        self.nodes.push(Node { two, kind, at });
        self.found.insert(two, self.nodes.len() - 1);
        Some(self.nodes.len() - 1)
    }

    /// Behind which instruction both floats are known.
    fn ready(&self, two: [VReg; 2]) -> Option<usize> {
        let is_carried = two.iter().any(|r| self.line.until.contains_key(r));
        let [a, b] = two.map(|r| self.line.ready(r));
        (!is_carried).then_some(a?.max(b?))
    }

    fn places(&self, two: [VReg; 2]) -> Option<[usize; 2]> {
        self.ready(two)?;
        Some([*self.line.at.get(&two[0])?, *self.line.at.get(&two[1])?])
    }

    fn load(&self, func: &Func, two: [VReg; 2]) -> Option<(Kind, usize)> {
        let places = self.places(two)?;
        let [x, y] = places.map(|at| &self.line.insts[at]);
        let (
            Inst::Load { address: a, offset: from, lasts: first, .. },
            Inst::Load { address: b, offset: to, lasts: second, .. },
        ) = (x, y)
        else {
            return None;
        };
        let (early, late) = (places[0].min(places[1]), places[0].max(places[1]));
        let is_near = self.block_of[early] == self.block_of[late]
            && self.line.insts[early..late].iter().all(is_pure)
            && self.line.ready(*a).is_some_and(|ready| ready <= early);
        let are_neighbors = a == b && from.checked_add(FLOAT) == Some(*to);
        let fits =
            two.iter().all(|r| func.kind_of(*r) == Reg::Float) && *first != Lasts::No && *second != Lasts::No;
        (is_near && are_neighbors && fits).then_some((Kind::Load, early))
    }

    fn step(&mut self, func: &Func, two: [VReg; 2], depth: usize) -> Option<(Kind, usize)> {
        let places = self.places(two)?;
        let line = self.line;
        let [x, y] = places.map(|at| &line.insts[at]);
        let first = places[0].min(places[1]);
        // Neither is made of the other: what the earlier one is not known for is nothing that both are made of.
        let is_apart = |inst: &Inst, other: VReg| !sides(inst).contains(&Some(other));
        if !alike(x, y) || !is_apart(x, two[1]) || !is_apart(y, two[0]) {
            return None;
        }
        let (mut from, mut ready) = ([None; 2], 0);
        for (i, (x, y)) in sides(x).into_iter().zip(sides(y)).enumerate() {
            if let (Some(x), Some(y)) = (x, y) {
                let node = self.node(func, [x, y], depth)?;
                ready = ready.max(self.nodes[node].at);
                from[i] = Some(node);
            }
        }
        // What others wait for is made early, and the rest where it was.
        let n_reads: usize = two.iter().map(|r| self.reads.get(r).copied().unwrap_or(0)).sum();
        (ready <= first).then_some((Kind::Step(from), if n_reads > 2 { ready } else { first }))
    }

    /// The nodes that one is made of, and it.
    fn reach(&self, root: usize, all: &mut FxHashSet<usize>) {
        let mut todo = vec![root];
        while let Some(next) = todo.pop() {
            if all.insert(next)
                && let Kind::Step(from) = self.nodes[next].kind
            {
                todo.extend(from.into_iter().flatten());
            }
        }
    }

    /// Are there more instructions saved than pairs packed, and floats taken out of pairs. Those from `before` on are new.
    fn pays(&self, before: usize, root: usize) -> bool {
        let mut all = FxHashSet::default();
        self.reach(root, &mut all);
        let mut all: Vec<usize> = all.into_iter().filter(|n| *n >= before).collect();
        all.sort_unstable();
        let mut inside: FxHashMap<VReg, usize> = FxHashMap::default();
        let root = &self.nodes[root];
        root.two.iter().for_each(|r| *inside.entry(*r).or_default() += 1);
        // The store is one instead of two.
        let (mut saved, mut lost) = (1, 0);
        for node in all.iter().map(|n| &self.nodes[*n]) {
            match node.kind {
                Kind::Load => saved += 1,
                Kind::Step(_) => {
                    saved += 1;
                    for reg in node.two.iter().filter_map(|r| self.line.step(*r)).flat_map(|(_, i)| sides(i))
                    {
                        reg.into_iter().for_each(|r| *inside.entry(r).or_default() += 1);
                    }
                }
                Kind::Pack if node.two[0] == node.two[1] => lost += 1,
                Kind::Pack => lost += 2,
            }
        }
        for node in all.iter().map(|n| &self.nodes[*n]).filter(|n| !matches!(n.kind, Kind::Pack)) {
            let count = |of: &FxHashMap<VReg, usize>| of.get(&node.two[1]).copied().unwrap_or(0);
            lost += usize::from(count(&self.reads) > count(&inside));
        }
        saved > lost
    }

    /// The nodes that stores are made of, in order, with numbers of their own; packed ones where they are read first.
    fn used_nodes(&self) -> Vec<(usize, Node)> {
        let mut used = FxHashSet::default();
        self.stores.iter().for_each(|(_, _, root)| self.reach(*root, &mut used));
        let mut used: Vec<usize> = used.into_iter().collect();
        used.sort_unstable();
        let mut wanted: FxHashMap<usize, usize> = FxHashMap::default();
        for node in used.iter().map(|n| &self.nodes[*n]) {
            if let Kind::Step(from) = node.kind {
                for from in from.into_iter().flatten() {
                    let at = wanted.entry(from).or_insert(node.at);
                    *at = node.at.min(*at);
                }
            }
        }
        let placed = |n: usize| {
            let node = self.nodes[n];
            let at = match node.kind {
                Kind::Pack => wanted.get(&n).copied().unwrap_or(node.at),
                Kind::Load | Kind::Step(_) => node.at,
            };
            (n, Node { at, ..node })
        };
        used.into_iter().map(placed).collect()
    }
}

/// Writes pairs, and takes their floats out of them for what else reads those.
fn write(
    func: &mut Func,
    way: &[BlockId],
    line: &Line,
    nodes: &[(usize, Node)],
    stores: &[(usize, usize, usize)],
) {
    let pairs: FxHashMap<usize, VReg> = nodes.iter().map(|(n, _)| (*n, func.reg(Reg::Pair))).collect();
    let mut made: FxHashMap<usize, Vec<Inst>> = FxHashMap::default();
    let mut instead: FxHashMap<usize, Option<Inst>> = FxHashMap::default();
    for (n, node) in nodes {
        let (dst, [a, b]) = (pairs[n], node.two);
        let step = line.at.get(&a).map(|at| line.insts[*at].clone());
        let inst = match (node.kind, step) {
            (Kind::Load, Some(Inst::Load { address, offset, lasts, .. })) => {
                Inst::Load { dst, address, offset, lasts }
            }
            (Kind::Step([Some(x), Some(y)]), Some(Inst::FloatOp { op, .. })) => {
                Inst::FloatOp { op, dst, a: pairs[&x], b: pairs[&y] }
            }
            (Kind::Step([Some(x), None]), Some(Inst::FloatUnary { op, .. })) => {
                Inst::FloatUnary { op, dst, a: pairs[&x] }
            }
            (Kind::Pack, _) if a == b => Inst::Splat(dst, a),
            (Kind::Pack, _) => Inst::Pack(dst, a, b),
            _ => unreachable!("a pair is made as its floats are"),
        };
        let here = made.entry(node.at).or_default();
        here.push(inst);
        if !matches!(node.kind, Kind::Pack) {
            for (float, is_second) in [(a, false), (b, true)] {
                here.push(Inst::Lane { dst: float, pair: dst, is_second });
                line.at.get(&float).and_then(|at| instead.insert(*at, None));
            }
        }
    }
    for (first, second, root) in stores {
        if let Inst::Store { address, offset, .. } = &line.insts[*first] {
            let store = Inst::Store { src: pairs[root], address: *address, offset: *offset };
            instead.insert(*first, None);
            instead.insert(*second, Some(store));
        }
    }
    let mut at = 0;
    for id in way {
        let mut insts = Vec::new();
        for inst in func.blocks[id.0 as usize].insts.drain(..) {
            insts.extend(made.remove(&at).into_iter().flatten());
            insts.extend(instead.remove(&at).unwrap_or(Some(inst)));
            at += 1;
        }
        func.blocks[id.0 as usize].insts = insts;
    }
}
