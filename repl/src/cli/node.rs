//! `afar node`: the process that runs the units of a hub.

use super::{BROKEN, OK, REFUSED, complain};
use crate::modules;
use crate::session::{Interactive, Session};
use clap::ArgMatches;
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

/// Serves the hub at the other end of stdin; ends when that goes away.
pub fn serve(matches: &ArgMatches) -> i32 {
    let Ok(stream) = std::io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from) else {
        return BROKEN;
    };
    let Ok(writer) = stream.try_clone() else {
        complain(
            "`afar node` speaks to a hub over a socket at its stdin",
            "",
            Some("`afar run` is what starts it"),
        );
        return REFUSED;
    };
    if stream.peer_addr().is_err() {
        complain(
            "`afar node` speaks to a hub over a socket at its stdin",
            "",
            Some("`afar run` is what starts it"),
        );
        return REFUSED;
    }
    // Where what keeps it is killed, it must not go on, be it stopped at that moment and deaf. Where the kernel cannot do that, its socket tells it.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    if let Some(folder) = matches.get_one::<OsString>("folder") {
        modules::set_folder(folder.into());
    }
    // What the runtime and the compiler need of a session is installed; nothing runs at an edge here.
    let _session = Session::new(Interactive::No);
    // Also with one worker there are those on other nodes who take calls.
    afar_compiler::compiler().forks = true;
    let status = match afar_distrib::node::serve(stream, writer) {
        Ok(()) => OK,
        Err(broken) => {
            complain(&broken.to_string(), "", None);
            BROKEN
        }
    };
    // Units may run still, for nobody.
    std::process::exit(status)
}
