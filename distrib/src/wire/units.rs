//! Units, faults and results over the wire, and the names of calls by what they compute.

use super::bytes::broken;
use super::decode::{Decoder, bind};
use super::encode::{Blob, Encoder, Large};
use super::names::Names;
use crate::engine::{Key, Unit, UnitId, Work};
use crate::inputs::{Input, Inputs, StandIn};
use crate::resources::Resources;
use afar_compiler::compiler;
use afar_lang::ast::Name;
use afar_runtime::abi::Found;
use afar_runtime::fault::FaultKind;
use afar_runtime::{Fault, Res, Value};

/// A unit of the edge as bytes. For large values in it stand the numbers that `large` gives.
///
/// # Errors
///
/// Where something in it cannot leave the process.
pub fn encode_unit(names: &mut Names, unit: &Unit, large: Large<'_>) -> Res<Blob> {
    let mut encoder = Encoder::sending_once(names, large);
    write_unit(&mut encoder, unit)?;
    encoder.tail()?;
    Ok(encoder.into_blob())
}

/// The unit of these bytes; the names that it brings are bound here.
///
/// # Errors
///
/// What is wrong with the bytes; what code of the program raised on the way.
pub fn decode_unit(names: &mut Names, bytes: &[u8]) -> Res<Unit> {
    let mut decoder = Decoder::new(names, bytes);
    let mut unit = read_unit(&mut decoder)?;
    decoder.tail()?;
    settle_names(&mut unit);
    Ok(unit)
}

/// A fault as bytes; one that cannot be sent becomes the fault that says so.
pub fn encode_fault(names: &mut Names, fault: &Fault) -> Blob {
    let mut write = |fault: &Fault| -> Res<Blob> {
        let mut encoder = Encoder::sending(names);
        write_fault(&mut encoder, fault)?;
        encoder.tail()?;
        Ok(encoder.into_blob())
    };
    let sent = write(fault).or_else(|refusal| write(&refusal));
    sent.unwrap_or_default()
}

/// The fault of these bytes.
pub fn decode_fault(names: &mut Names, bytes: &[u8]) -> Fault {
    let mut read = || -> Res<Fault> {
        let mut decoder = Decoder::new(names, bytes);
        let fault = read_fault(&mut decoder)?;
        decoder.tail()?;
        Ok(fault)
    };
    read().unwrap_or_else(|broken| broken)
}

const BLOCK: u8 = 0;
const CALL: u8 = 1;

fn write_unit(e: &mut Encoder<'_>, unit: &Unit) -> Res<()> {
    e.out.number(unit.id.0);
    e.out.put(&unit.priority.to_le_bytes());
    e.out.put(&[u8::from(unit.is_urgent), u8::from(unit.delivers)]);
    match &unit.work {
        Work::Block { block, outer, keep } => {
            e.out.byte(BLOCK);
            e.text(&outer.source);
            e.node(block.id);
            e.globals(&outer.globals);
            e.out.size(keep.len());
            keep.iter().for_each(|n| e.out.text(n));
        }
        Work::Call { func, args, kw } => {
            e.out.byte(CALL);
            e.value(func)?;
            e.out.size(args.len());
            args.iter().try_for_each(|v| e.value(v))?;
            e.out.size(kw.len());
            for (name, value) in kw {
                e.out.text(name);
                e.value(value)?;
            }
        }
    }
    e.out.size(unit.inputs.names.len());
    for input in &unit.inputs.names {
        let globals = afar_runtime::abi::globals(i64::from(input.globals));
        e.globals(&globals.ok_or_else(|| broken("a namespace"))?);
        e.out.text(&input.name);
        e.out.byte(u8::from(input.is_proxied));
        e.value(input.found.as_ref().map_or(&Value::Unbound, |f| &f.value))?;
    }
    let mut stand_ins: Vec<_> = unit.inputs.stand_ins.iter().collect();
    stand_ins.sort_by_key(|(id, _)| **id);
    e.out.size(stand_ins.len());
    for (id, stand_in) in stand_ins {
        e.out.number(*id);
        match stand_in {
            StandIn::Held(key) => {
                e.out.byte(0);
                e.out.number(key.0);
            }
            StandIn::Failed(fault) => {
                e.out.byte(1);
                write_fault(e, fault)?;
            }
        }
    }
    Ok(())
}

fn read_unit(d: &mut Decoder<'_, '_>) -> Res<Unit> {
    let id = UnitId(d.input.number()?);
    let priority = i64::from_le_bytes(d.input.array()?);
    let [is_urgent, delivers] = d.input.array()?.map(|b: u8| b != 0);
    let work = match d.input.byte()? {
        BLOCK => {
            let shipped = d.text()?;
            let node = d.node()?;
            let block = shipped.block(node).ok_or_else(|| broken("a block that is not in its text"))?.clone();
            let globals = d.globals()?;
            let outer = compiler().register_shipped(&shipped, &globals);
            let keep = (0..d.input.size()?).map(|_| Ok(Name::from(d.input.text()?))).collect::<Res<_>>()?;
            Work::Block { block, outer, keep }
        }
        _ => {
            let func = d.value()?;
            let args = (0..d.input.size()?).map(|_| d.value()).collect::<Res<_>>()?;
            let kw = (0..d.input.size()?).map(|_| Ok((d.input.str()?, d.value()?))).collect::<Res<_>>()?;
            Work::Call { func, args, kw }
        }
    };
    let names = (0..d.input.size()?).map(|_| decode_input(d)).collect::<Res<_>>()?;
    let mut inputs = Inputs { names, ..Inputs::default() };
    for _ in 0..d.input.size()? {
        let id = d.input.number()?;
        let stand_in = match d.input.byte()? {
            0 => StandIn::Held(Key(d.input.number()?)),
            _ => StandIn::Failed(read_fault(d)?),
        };
        inputs.stand_ins.insert(id, stand_in);
    }
    // Whoever decodes it has them.
    let resources = Resources::default();
    Ok(Unit { id, work, inputs, priority, is_urgent, resources, delivers })
}

fn decode_input(d: &mut Decoder<'_, '_>) -> Res<Input> {
    let globals = d.globals()?.id;
    let name = d.input.str()?;
    let is_proxied = d.input.byte()? != 0;
    let value = d.value()?;
    let found = value.is_bound().then_some(Found { value, version: 0, n_writes: 0 });
    Ok(Input { globals, name, found, is_proxied })
}

/// The engine remembers the names that were sent, for functions that come to use them later by way of proxies; and a name
/// that is bound as before keeps its version, so that compiled code stays good.
fn settle_names(unit: &mut Unit) {
    for input in &mut unit.inputs.names {
        let Some(globals) = afar_runtime::abi::globals(i64::from(input.globals)) else { continue };
        match &input.found {
            Some(found) => {
                bind(&globals, &input.name, found.value.clone());
                input.found = globals.find_own(&input.name);
            }
            None if globals.has_own(&input.name) => globals.delete(&input.name),
            None => {}
        }
    }
}

fn write_fault(e: &mut Encoder<'_>, fault: &Fault) -> Res<()> {
    match &*fault.0 {
        FaultKind::Exception(value) => {
            e.out.byte(0);
            e.value(value)
        }
        FaultKind::NotPure { message, frames } => {
            e.out.byte(1);
            e.out.text(message);
            e.places(frames);
            Ok(())
        }
        FaultKind::Cancelled => {
            e.out.byte(2);
            Ok(())
        }
        FaultKind::Exit(code) => {
            e.out.byte(3);
            e.out.put(&code.to_le_bytes());
            Ok(())
        }
        FaultKind::Widen(site) => {
            e.out.byte(4);
            e.out.put(&site.to_le_bytes());
            Ok(())
        }
        FaultKind::NotHere => {
            e.out.byte(5);
            Ok(())
        }
    }
}

fn read_fault(d: &mut Decoder<'_, '_>) -> Res<Fault> {
    Ok(Fault::new(match d.input.byte()? {
        0 => FaultKind::Exception(d.value()?),
        1 => FaultKind::NotPure { message: d.input.text()?.to_owned(), frames: d.places()? },
        2 => FaultKind::Cancelled,
        3 => FaultKind::Exit(i32::from_le_bytes(d.input.array()?)),
        4 => FaultKind::Widen(u32::from_le_bytes(d.input.array()?)),
        5 => FaultKind::NotHere,
        _ => return Err(broken("a fault of an unknown kind")),
    }))
}
