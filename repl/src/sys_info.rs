//! The tuples with names that `sys` holds: `float_info`, `int_info`, `hash_info`, `version_info`.

use afar_runtime::object::{Host, HostObject, Side};
use afar_runtime::ops::{self, BinOp, CmpOp};
use afar_runtime::{Fault, Ref, Res, Value};

/// A tuple with names.
pub struct Info {
    /// Its name in `sys`.
    name: &'static str,
    /// Its fields, in CPython's order; `None` for what hangs on the machine's Python.
    fields: Vec<(&'static str, Option<Value>)>,
}

/// All of them, by name.
pub fn all() -> Vec<(&'static str, Value)> {
    let made = [("float_info", float_info()), ("hash_info", hash_info()), ("int_info", int_info())];
    let known = made.map(|(name, fields)| {
        let fields = fields.into_iter().map(|(field, value)| (field, Some(value))).collect();
        (name, Host::value(Info { name, fields }))
    });
    let version = vec![
        ("major", Some(Value::Int(3))),
        ("minor", Some(Value::Int(11))),
        ("micro", None),
        ("releaselevel", Some(Value::str("final"))),
        ("serial", Some(Value::Int(0))),
    ];
    let version = ("version_info", Host::value(Info { name: "version_info", fields: version }));
    known.into_iter().chain([version]).collect()
}

fn float_info() -> Vec<(&'static str, Value)> {
    let int = |n: i32| Value::Int(i64::from(n));
    vec![
        ("max", Value::Float(f64::MAX)),
        ("max_exp", int(f64::MAX_EXP)),
        ("max_10_exp", int(f64::MAX_10_EXP)),
        ("min", Value::Float(f64::MIN_POSITIVE)),
        ("min_exp", int(f64::MIN_EXP)),
        ("min_10_exp", int(f64::MIN_10_EXP)),
        ("dig", Value::Int(i64::from(f64::DIGITS))),
        ("mant_dig", Value::Int(i64::from(f64::MANTISSA_DIGITS))),
        ("epsilon", Value::Float(f64::EPSILON)),
        ("radix", Value::Int(i64::from(f64::RADIX))),
        ("rounds", int(1)),
    ]
}

fn int_info() -> Vec<(&'static str, Value)> {
    vec![
        ("bits_per_digit", Value::Int(30)),
        ("sizeof_digit", Value::Int(4)),
        ("default_max_str_digits", Value::Int(4300)),
        ("str_digits_check_threshold", Value::Int(640)),
    ]
}

fn hash_info() -> Vec<(&'static str, Value)> {
    vec![
        ("width", Value::Int(64)),
        ("modulus", Value::Int((1 << 61) - 1)),
        ("inf", Value::Int(314_159)),
        ("nan", Value::Int(0)),
        ("imag", Value::Int(1_000_003)),
        ("algorithm", Value::str("siphash13")),
        ("hash_bits", Value::Int(64)),
        ("seed_bits", Value::Int(128)),
        ("cutoff", Value::Int(0)),
    ]
}

impl Info {
    fn unknown(&self) -> Fault {
        let name = self.name;
        Fault::not_pure(format!(
            "`sys.{name}` says which Python this is, to the last digit: use its first two"
        ))
    }

    fn field(&self, at: usize) -> Res {
        self.fields[at].1.clone().ok_or_else(|| self.unknown())
    }

    /// A tuple of the fields.
    fn tuple(&self) -> Res {
        let fields: Res<Vec<Value>> = (0..self.fields.len()).map(|at| self.field(at)).collect();
        fields.map(Value::tuple)
    }
}

impl HostObject for Info {
    fn type_name(&self) -> &str {
        self.name
    }

    fn module(&self) -> &str {
        "sys"
    }

    fn repr(&self) -> Res<String> {
        let mut fields = Vec::new();
        for (at, (name, _)) in self.fields.iter().enumerate() {
            fields.push(format!("{name}={}", ops::repr(&self.field(at)?)?));
        }
        Ok(format!("sys.{}({})", self.name, fields.join(", ")))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match self.fields.iter().position(|(field, _)| *field == name) {
            Some(at) => self.field(at).map(Some),
            None => Ok(None),
        }
    }

    fn len(&self) -> Option<Res<usize>> {
        Some(Ok(self.fields.len()))
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        // The places that are asked for, so that only a field that is looked at is refused.
        let places = Value::tuple((0..self.fields.len()).map(Value::usize).collect::<Vec<_>>());
        let at = |place: &Value| match place {
            Value::Int(at) => self.field(usize::try_from(*at).unwrap_or(0)),
            other => Ok(other.clone()),
        };
        Some(ops::getitem(&places, index).and_then(|found| match &found {
            Value::Tuple(places) => places.iter().map(at).collect::<Res<Vec<Value>>>().map(Value::tuple),
            place => at(place),
        }))
    }

    fn binary(&self, op: BinOp, other: &Value, side: Side) -> Option<Res> {
        if !matches!(op, BinOp::Add | BinOp::Mul) {
            return None;
        }
        let other = match other {
            Value::Host(host) => host.downcast::<Self>().map(Self::tuple),
            _ => None,
        }
        .unwrap_or_else(|| Ok(other.clone()));
        Some(self.tuple().and_then(|fields| match side {
            Side::Left => ops::binary(op, &fields, &other?),
            Side::Right => ops::binary(op, &other?, &fields),
        }))
    }

    fn is_iterable(&self) -> bool {
        true
    }

    fn iter(&self, _this: &afar_runtime::Ref<afar_runtime::object::Host>) -> Option<Res> {
        Some(self.tuple().and_then(|fields| ops::iter(&fields)))
    }

    fn contains(&self, item: &Value) -> Option<Res<bool>> {
        Some(self.tuple().and_then(|fields| ops::contains(&fields, item)))
    }

    fn compare(&self, op: CmpOp, other: &Value) -> Option<Res> {
        let Value::Tuple(others) = other else { return None };
        if let Ok(fields) = self.tuple() {
            return Some(ops::compare(op, &fields, other));
        }
        // The fields before the one that is not known decide where they differ from those of the other.
        let known: Vec<Value> = self.fields.iter().map_while(|(_, value)| value.clone()).collect();
        let n = known.len();
        let ours = Value::tuple(known);
        let theirs = Value::tuple(others.iter().take(n).cloned().collect::<Vec<_>>());
        Some(match ops::compare(CmpOp::Eq, &ours, &theirs) {
            Ok(Value::Bool(true)) if others.len() > n => Err(self.unknown()),
            // It is the longer one.
            Ok(Value::Bool(true)) => Ok(Value::Bool(matches!(op, CmpOp::Gt | CmpOp::Ge | CmpOp::Ne))),
            Ok(_) => ops::compare(op, &ours, &theirs),
            Err(fault) => Err(fault),
        })
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
