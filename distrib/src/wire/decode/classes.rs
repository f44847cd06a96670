//! Bytes into classes: of bases and attributes, or of what they were made of.

use super::super::bytes::broken;
use super::super::names::Uid;
use super::{Decoder, Kind, Next};
use afar_runtime::object::class::{Origin, remake, restore};
use afar_runtime::object::{Class, call};
use afar_runtime::{Args, Ref, Res, Str, Value};

pub(super) struct ClassHead {
    pub(super) uid: Uid,
    pub(super) names: [Str; 3],
    pub(super) slots: Option<Vec<Str>>,
    pub(super) fields: Vec<Str>,
    pub(super) n_bases: usize,
    pub(super) attrs: Vec<Str>,
    pub(super) overlays: Vec<OverlayHead>,
    pub(super) made: Option<Ref<Class>>,
    /// It was here before: what comes of it again is left out.
    pub(super) is_known: bool,
}

pub(super) struct OriginHead {
    pub(super) uid: Uid,
    pub(super) names: [Str; 3],
    pub(super) n_bases: usize,
    pub(super) namespace: Vec<Str>,
    pub(super) keywords: Vec<Str>,
    pub(super) fields: Option<Vec<Str>>,
    pub(super) overlays: Vec<OverlayHead>,
}

/// What was put over the attributes of a class, by a call or not.
pub(super) struct OverlayHead {
    pub(super) is_call: bool,
    pub(super) names: Vec<Str>,
}

impl OverlayHead {
    fn n_parts(&self) -> usize {
        self.names.len() + usize::from(self.is_call)
    }

    fn apply(&self, class: &Ref<Class>, parts: &[Value]) -> Res<()> {
        let named =
            |parts: &[Value]| self.names.iter().cloned().zip(parts.iter().cloned()).collect::<Vec<_>>();
        match parts.split_first() {
            Some((func, parts)) if self.is_call => {
                let target = [Value::Class(class.clone())];
                call::call(func, &Args { pos: &target, kw: &named(parts) }).map(|_| ())
            }
            _ => {
                class.put_over(named(parts).into_iter().collect());
                Ok(())
            }
        }
    }
}

pub(super) fn apply_overlays(class: &Ref<Class>, overlays: &[OverlayHead], parts: &[Value]) -> Res<()> {
    let mut rest = parts;
    for overlay in overlays {
        let (own, others) = rest.split_at_checked(overlay.n_parts()).ok_or_else(|| broken("a class"))?;
        overlay.apply(class, own)?;
        rest = others;
    }
    Ok(())
}

impl Decoder<'_, '_> {
    pub(super) fn class(&mut self) -> Res<Next> {
        let uid = self.uid()?;
        let names = [self.input.str()?, self.input.str()?, self.input.str()?];
        let has_slots = self.input.byte()? != 0;
        let slots = Some(self.strs()?).filter(|_| has_slots);
        let fields = self.strs()?;
        let n_bases = self.input.size()?;
        let attrs = self.strs()?;
        let overlays = self.overlays()?;
        let n = n_bases + attrs.len() + overlays.iter().map(OverlayHead::n_parts).sum::<usize>();
        let is_known = self.names.known(uid).is_some();
        let head = ClassHead { uid, names, slots, fields, n_bases, attrs, overlays, made: None, is_known };
        Ok(self.frame(Kind::Class(Box::new(head)), n))
    }

    pub(super) fn overlays(&mut self) -> Res<Vec<OverlayHead>> {
        let n = self.input.size()?;
        (0..n).map(|_| Ok(OverlayHead { is_call: self.input.byte()? != 0, names: self.strs()? })).collect()
    }

    pub(super) fn remade_class(&mut self) -> Res<Next> {
        let uid = self.uid()?;
        let names = [self.input.str()?, self.input.str()?, self.input.str()?];
        let n_bases = self.input.size()?;
        let (namespace, keywords) = (self.strs()?, self.strs()?);
        let has_fields = self.input.byte()? != 0;
        let fields = Some(self.strs()?).filter(|_| has_fields);
        let overlays = self.overlays()?;
        let n_fields = fields.as_ref().map_or(0, Vec::len);
        let n_over = overlays.iter().map(OverlayHead::n_parts).sum::<usize>();
        let n = n_bases + namespace.len() + keywords.len() + n_fields + 1 + n_over;
        let head = OriginHead { uid, names, n_bases, namespace, keywords, fields, overlays };
        Ok(self.frame(Kind::RemadeClass(Box::new(head)), n))
    }

    /// A class from what it was made of.
    pub(super) fn remake_class(&mut self, head: OriginHead, parts: Vec<Value>) -> Res {
        let OriginHead { uid, names, n_bases, namespace, keywords, fields, overlays } = head;
        let bases = bases_of(parts.get(..n_bases).ok_or_else(|| broken("a class"))?)?;
        let mut rest = parts.into_iter().skip(n_bases);
        let mut named = |names: Vec<Str>| {
            names.into_iter().map(|n| (n, rest.next().unwrap_or_default())).collect::<Vec<_>>()
        };
        let (namespace, keywords) = (named(namespace), named(keywords));
        let fields = fields.map(named);
        let rebound = rest.next().unwrap_or_default();
        let [name, qualname, module] = names;
        let origin = Origin { bases, namespace, keywords, rebound, fields };
        let made = remake(name, qualname, module, &origin)?;
        if let Value::Class(class) = &made {
            apply_overlays(class, &overlays, &rest.collect::<Vec<_>>())?;
        }
        self.names.learn(uid, &made);
        Ok(made)
    }
}

pub(super) fn bases_of(parts: &[Value]) -> Res<Vec<Ref<Class>>> {
    let base = |v: &Value| match v {
        Value::Class(class) => Ok(class.clone()),
        _ => Err(broken("a base that is no class")),
    };
    parts.iter().map(base).collect()
}

/// A class without attributes.
pub(super) fn make_class(head: &ClassHead, parts: &[Value]) -> Res<Class> {
    let [name, qualname, module] = head.names.clone();
    restore(
        name,
        qualname,
        module,
        bases_of(&parts[..head.n_bases])?,
        head.slots.clone(),
        head.fields.clone(),
    )
}
