//! stub
use super::class::{Class,Namespace};
use crate::ops::{BinOp,UnaryOp};use crate::{Args,Builtin,Ref,Res,Value,Str};
pub enum Deferred{Auto}
pub struct EnumInfo{}
pub fn is_owner(_:&str)->bool{false}
pub fn is_enum(_:&Class)->bool{false}
pub fn metaclass(_:&Class)->Option<&'static Ref<Class>>{None}
pub fn construct_auto(_:&Args)->Res{Ok(Value::None)}
pub const ENUM:&[Builtin]=&[];pub const FLAG:&[Builtin]=&[];pub const INT_ENUM:&[Builtin]=&[];pub const STR_ENUM:&[Builtin]=&[];
pub fn call_class(_:&Ref<Class>,_:&Args)->Res{Ok(Value::None)}
pub fn class_attribute(_:&Ref<Class>,_:&str)->Res<Option<Value>>{Ok(None)}
pub fn deferred_binary(_:BinOp,_:&Value,_:&Value)->Option<Res>{None}
pub fn deferred_unary(_:UnaryOp,_:&Value)->Option<Res>{None}
pub fn class_contains(_:&Ref<Class>,_:&Value)->Option<Res<bool>>{None}
pub fn class_getitem(_:&Ref<Class>,_:&Value)->Option<Res>{None}
pub fn members(_:&Class)->Option<Vec<Value>>{None}
pub fn build_class(_:Str,_:Str,_:Str,_:Vec<Ref<Class>>,_:Namespace)->Res{Ok(Value::None)}
