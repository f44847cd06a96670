//! stub
use crate::{Args,Res,Value,Str};
pub struct NamedTupleInfo{}
pub fn is_named_tuple_base(v:&Value)->bool{super::typing::is_named_tuple(v)}
pub fn build_class(_:Str,_:Str,_:Str,_:&[Value],_:Vec<(Str,Value)>)->Res{Ok(Value::None)}
pub fn typed(_:&Args)->Res{Ok(Value::None)}
