//! Classes, instances and exceptions into bytes.

use super::super::tags;
use super::{Encoder, Purpose, Rest};
use afar_runtime::object::class::{Native, Origin, Overlay, builtin_name};
use afar_runtime::object::descriptor::Descriptor;
use afar_runtime::object::enums::EnumInfo;
use afar_runtime::object::exception::{Element, Frame, State};
use afar_runtime::object::{Class, Instance};
use afar_runtime::{Fault, Ref, Res, Value};
use std::sync::PoisonError;

impl Encoder<'_> {
    pub(super) fn class(&mut self, value: &Value, class: &Ref<Class>) -> Res<()> {
        if let Some(name) = builtin_name(class) {
            self.out.byte(tags::BUILTIN_CLASS);
            self.out.text(name);
            return Ok(());
        }
        if self.purpose == Purpose::Content {
            self.pin(value, Ref::as_ptr(class).addr());
            return Ok(());
        }
        if self.refers(value) {
            return Ok(());
        }
        if class.is_builtin {
            return Err(Fault::not_pure(format!("the class `{}` cannot leave the process", class.name)));
        }
        let origin = class.origin.get();
        let number = self.n_open;
        if !self.opens_named(if origin.is_some() { tags::REMADE_CLASS } else { tags::CLASS }, value) {
            return Ok(());
        }
        for text in [&class.name, &class.qualname, &class.module] {
            self.out.text(text);
        }
        let mut children = match origin {
            Some(origin) => self.origin(origin),
            None => self.class_parts(class),
        };
        let overlays: Vec<_> = class.all_overlays().collect();
        self.out.size(overlays.len());
        for overlay in overlays {
            children.extend(self.overlay(overlay));
        }
        if let Some(all) = class.orig_bases.get().filter(|_| origin.is_none()) {
            let all = Value::tuple(all.clone());
            self.made.push(all.clone());
            self.rest.push_back(Rest::Content(number, all));
        }
        self.push(&children);
        Ok(())
    }

    /// A class by its bases and attributes.
    pub(super) fn class_parts(&mut self, class: &Class) -> Vec<Value> {
        self.out.byte(u8::from(class.slots.is_some()));
        self.names(class.slots.iter().flatten());
        let fields = class.fields.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.names(fields.iter());
        let mut children: Vec<Value> = class.bases.iter().map(|b| Value::Class(b.clone())).collect();
        self.out.size(children.len());
        let attrs = class.attrs.get().map_or(&[][..], |a| a);
        self.names(attrs.iter().map(|(n, _)| n));
        children.extend(attrs.iter().map(|(_, v)| v.clone()));
        children
    }

    /// A class by what it was made of.
    pub(super) fn origin(&mut self, origin: &Origin) -> Vec<Value> {
        let Origin { bases, namespace, keywords, rebound, fields } = origin;
        self.out.size(bases.len());
        self.names(namespace.iter().map(|(n, _)| n));
        self.names(keywords.iter().map(|(n, _)| n));
        self.out.byte(u8::from(fields.is_some()));
        self.names(fields.iter().flatten().map(|(n, _)| n));
        let bases = bases.iter().map(|b| Value::Class(b.clone()));
        let named = namespace.iter().chain(keywords).chain(fields.iter().flatten()).map(|(_, v)| v.clone());
        bases.chain(named).chain([rebound.clone()]).collect()
    }

    /// What was put over the attributes of a class: the call that did it, or the attributes.
    pub(super) fn overlay(&mut self, overlay: &Overlay) -> Vec<Value> {
        self.out.byte(u8::from(overlay.by.is_some()));
        if let Some(by) = &overlay.by {
            self.names(by.kw.iter().map(|(n, _)| n));
            return by.values().cloned().collect();
        }
        let mut attrs: Vec<_> = overlay.attrs.iter().collect();
        attrs.sort_by(|a, b| a.0.cmp(b.0));
        self.names(attrs.iter().map(|(n, _)| *n));
        attrs.into_iter().map(|(_, v)| v.clone()).collect()
    }

    pub(super) fn instance(&mut self, value: &Value, instance: &Ref<Instance>) -> Res<()> {
        if self.purpose == Purpose::Content {
            self.pin(value, Ref::as_ptr(instance).addr());
            return Ok(());
        }
        if let Some(info) = instance.class.enum_info.get() {
            return self.member(value, instance, info);
        }
        if let Native::Auto(given) = &instance.native {
            self.auto(value, instance, given.as_ref());
            return Ok(());
        }
        if self.refers(value) || !self.opens_named(tags::INSTANCE, value) {
            return Ok(());
        }
        let mut children = vec![Value::Class(instance.class.clone())];
        match &instance.native {
            Native::None | Native::Auto(_) => self.out.byte(tags::PLAIN),
            Native::Value(_) | Native::Late(_) => {
                let is_late = matches!(instance.native, Native::Late(_));
                self.out.byte(if is_late { tags::LATE } else { tags::PAYLOAD });
                children.extend(instance.payload().cloned());
            }
            Native::Exception(state) => children.extend(self.exception(state)),
            Native::Descriptor(descriptor) => children.extend(self.descriptor(descriptor)?),
        }
        let fields = instance.named_fields();
        self.names(fields.iter().map(|(n, _)| n));
        children.extend(fields.into_iter().map(|(_, v)| v));
        self.push(&children);
        Ok(())
    }

    /// A member of an enum: its class and its name; of a flag that has none, its value.
    pub(super) fn member(&mut self, value: &Value, member: &Instance, info: &EnumInfo) -> Res<()> {
        let own =
            info.names.iter().find(|(_, v)| matches!(v, Value::Instance(m) if std::ptr::eq(&**m, member)));
        if !self.opens_named(tags::MEMBER, value) {
            return Ok(());
        }
        self.out.byte(u8::from(own.is_some()));
        let key = match own {
            Some((name, _)) => Value::Str(name.clone()),
            None => member.field("_value_").unwrap_or_default(),
        };
        self.push(&[Value::Class(member.class.clone()), key]);
        Ok(())
    }

    /// `enum.auto()`, in what an enum was made of.
    fn auto(&mut self, value: &Value, auto: &Instance, given: Option<&Value>) {
        if self.opens_named(tags::REMADE, value) {
            self.out.size(given.iter().len());
            self.out.size(0);
            let class = Value::Class(auto.class.clone());
            let parts: Vec<Value> = std::iter::once(class).chain(given.cloned()).collect();
            self.push(&parts);
        }
    }

    /// A traceback.
    pub(in crate::wire) fn places(&mut self, frames: &[Frame]) {
        self.out.size(frames.len());
        for frame in frames {
            self.out.text(&frame.file);
            self.out.text(&frame.func);
            [frame.line, frame.start, frame.end].into_iter().for_each(|n| self.out.number(u64::from(n)));
            self.out.byte(match frame.element {
                None => 0,
                Some(Element { is_shown: false, .. }) => 1,
                Some(Element { is_shown: true, .. }) => 2,
            });
            frame.element.into_iter().for_each(|e| self.out.number(e.index));
        }
    }

    /// What an exception holds.
    pub(super) fn exception(&mut self, state: &State) -> Vec<Value> {
        self.out.byte(tags::EXCEPTION);
        self.out.byte(u8::from(state.suppresses_context()));
        self.places(&state.frames());
        let group = state
            .group
            .get()
            .map_or_else(Vec::new, |g| std::iter::once(&g.message).chain(&g.exceptions).cloned().collect());
        let made = [Value::tuple(state.args()), Value::tuple(state.notes()), Value::tuple(group)];
        self.made.extend(made.iter().cloned());
        [state.cause(), state.context()].into_iter().chain(made).collect()
    }

    pub(super) fn descriptor(&mut self, descriptor: &Descriptor) -> Res<Vec<Value>> {
        Ok(match descriptor {
            Descriptor::Property { get, set, delete, doc } => {
                self.out.byte(tags::PROPERTY);
                [get, set, delete, doc].map(Value::clone).to_vec()
            }
            Descriptor::Static(inner) => {
                self.out.byte(tags::STATIC);
                vec![inner.clone()]
            }
            Descriptor::Class(inner) => {
                self.out.byte(tags::CLASS_METHOD);
                vec![inner.clone()]
            }
            Descriptor::Lazy(inner) => {
                self.out.byte(tags::LAZY);
                vec![inner.clone()]
            }
            Descriptor::TupleField(at) => {
                self.out.byte(tags::TUPLE_FIELD);
                vec![Value::usize(*at)]
            }
            Descriptor::Slot(name) => {
                self.out.byte(tags::SLOT);
                vec![Value::Str(name.clone())]
            }
            Descriptor::Super { .. } => {
                return Err(Fault::not_pure("a `super` object cannot leave the edge"));
            }
        })
    }
}
