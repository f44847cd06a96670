//! The client: what the bare name `remotely` is.

mod calls;
mod show;
mod watch;

use afar_runtime::object::{Host, HostObject};
use afar_runtime::value::Builtin;
use afar_runtime::{Fault, Ref, Res, Value};

/// The object behind the name `remotely`.
struct Client;

/// The object behind the name `remotely`.
pub fn client() -> Value {
    Host::value(Client)
}

/// Is this the object behind the name `remotely`.
pub(crate) fn is_client(value: &Value) -> bool {
    matches!(value, Value::Host(host) if host.downcast::<Client>().is_some())
}

static VERBS: &[Builtin] = &[
    Builtin { name: "submit", owner: "", call: calls::submit },
    Builtin { name: "map", owner: "", call: calls::map },
    Builtin { name: "gather", owner: "", call: calls::gather },
    Builtin { name: "scatter", owner: "", call: calls::scatter },
    Builtin { name: "wait", owner: "", call: watch::wait },
    Builtin { name: "as_completed", owner: "", call: watch::as_completed },
    Builtin { name: "progress", owner: "", call: watch::progress },
    Builtin { name: "cancel", owner: "", call: calls::cancel },
    Builtin { name: "release", owner: "", call: calls::release },
    Builtin { name: "restart", owner: "", call: calls::restart },
    Builtin { name: "replay", owner: "", call: calls::replay },
    Builtin { name: "why", owner: "", call: show::why },
    Builtin { name: "status", owner: "", call: show::status },
    Builtin { name: "connect", owner: "", call: calls::connect },
];

impl HostObject for Client {
    fn type_name(&self) -> &str {
        "remotely"
    }

    fn repr(&self) -> Res<String> {
        Ok("<remotely>".to_owned())
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match name {
            "download_all" | "remote_all" | "download_small" => Err(Fault::type_error(format!(
                "`remotely.{name}(...)` stands before a block: `remotely.{name}() < x = 1 >`"
            ))),
            _ => Ok(VERBS.iter().find(|v| v.name == name).map(Value::Builtin)),
        }
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
