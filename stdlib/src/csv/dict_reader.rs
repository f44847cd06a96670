//! `csv.DictReader`: rows as dicts, under the names of the first row, or under given ones.

use super::reader::Reader;
use afar_runtime::collections::{Dict, collect};
use afar_runtime::iter::{Iter, Iterate};
use afar_runtime::{Args, Fault, Ref, Res, Value};

struct DictReader {
    reader: Reader,
    /// As they were given, or the first row; `None` before it is read.
    names: Value,
    rest_key: Value,
    rest_value: Value,
    dialect: Value,
    n_lines: usize,
}

/// `DictReader(f, fieldnames=None, restkey=None, restval=None, dialect='excel', *args, **options)`.
pub fn make(args: &Args<'_>) -> Res {
    const PARAMS: [&str; 5] = ["f", "fieldnames", "restkey", "restval", "dialect"];
    if args.pos.len() > PARAMS.len() {
        let n = args.pos.len() - 3;
        return Err(Fault::type_error(format!(" expected at most 2 arguments, got {n}")));
    }
    let is_param = |key: &str| PARAMS.contains(&key);
    let (named, options): (Vec<_>, Vec<_>) = args.kw.iter().cloned().partition(|(key, _)| is_param(key));
    let plain = Args { pos: args.pos, kw: &named };
    let bound = crate::native::bind_python(&plain, "DictReader.__init__", PARAMS, 1);
    let [lines, names, rest_key, rest_value, dialect] = bound?.map(|v| v.cloned().unwrap_or(Value::None));
    let is_dialect_given = args.pos.len() == 5 || named.iter().any(|(key, _)| key.as_str() == "dialect");
    let dialect = if is_dialect_given { dialect } else { Value::str("excel") };
    let reader = Reader::new(&Args { pos: &[lines, dialect.clone()], kw: &options })?;
    Ok(Iter::value(DictReader { reader, names, rest_key, rest_value, dialect, n_lines: 0 }))
}

impl DictReader {
    /// Reads the names, where there are none.
    fn need_names(&mut self) -> Res<()> {
        if self.names.is_none()
            && let Some(row) = self.reader.row()?
        {
            self.names = Value::list(row);
        }
        self.n_lines = self.reader.n_lines();
        Ok(())
    }
}

impl Iterate for DictReader {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.n_lines == 0 {
            self.need_names()?;
        }
        let Some(mut row) = self.reader.row()? else { return Ok(None) };
        self.n_lines = self.reader.n_lines();
        while row.is_empty() {
            match self.reader.row()? {
                Some(next) => row = next,
                None => return Ok(None),
            }
        }
        let names = collect(&self.names)?;
        self.n_lines = self.reader.n_lines();
        let mut dict = Dict::new();
        let mut fields = row.into_iter();
        for name in &names {
            dict.insert(name.clone(), fields.next().unwrap_or_else(|| self.rest_value.clone()))?;
        }
        let rest: Vec<Value> = fields.collect();
        if !rest.is_empty() {
            dict.insert(self.rest_key.clone(), Value::list(rest))?;
        }
        Ok(Some(Value::Dict(Ref::new(dict))))
    }

    fn type_name(&self) -> &'static str {
        "DictReader"
    }

    fn attr(&mut self, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "line_num" => Some(Value::usize(self.n_lines)),
            "fieldnames" => {
                self.need_names()?;
                Some(self.names.clone())
            }
            "restkey" => Some(self.rest_key.clone()),
            "restval" => Some(self.rest_value.clone()),
            "dialect" => Some(self.dialect.clone()),
            "reader" => return Err(Fault::not_pure("`reader` of a `DictReader` shares its state")),
            _ => None,
        })
    }
}
