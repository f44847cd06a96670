//! Who is let in, and what is said of a cluster whose nodes cannot be had.

use super::{Address, Config, Engine, FromGateway, ToGateway, ask_health, serve, shut_down};
use crate::hub::Nodes;
use crate::node::greeting;
use crate::protocol::{self, Greeting};
use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// A gateway whose nodes are this program; the test, and its end.
fn with_gateway(program: &str, args: &[&str], test: impl FnOnce(&Address)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|e| unreachable!("{e}"));
    let host = listener.local_addr().map(|a| a.to_string()).unwrap_or_default();
    let args = args.iter().map(|&a| a.to_owned()).collect();
    let nodes = Nodes { n_nodes: 1, program: program.into(), args };
    let config = Config { engine: Engine::Processes(nodes), token: "secret".to_owned() };
    let serving = std::thread::spawn(move || serve(&listener, config));
    let address = Address {
        host,
        token: "secret".to_owned(),
        name: "test".to_owned(),
        folder: String::new(),
        script: None,
    };
    test(&address);
    assert!(shut_down(&address).is_ok());
    assert!(serving.join().is_ok_and(|served| served.is_ok()));
}

/// What is said to one who comes with a token and a greeting.
fn asked(address: &Address, token: &str, greeting: Greeting) -> Option<FromGateway> {
    let stream = TcpStream::connect(&address.host).ok()?;
    let (token, name, folder) = (token.to_owned(), String::new(), String::new());
    protocol::send(&mut &stream, &ToGateway::Hello { token, greeting, name, folder, script: None }, &[])
        .ok()?;
    protocol::receive(&mut BufReader::new(stream)).ok().map(|(answer, _)| answer)
}

#[test]
fn who_is_another_version_is_refused_and_told_both() {
    with_gateway("/bin/false", &[], |address| {
        let refused = |token: &str, greeting| match asked(address, token, greeting) {
            Some(FromGateway::Refused { why }) => why,
            other => format!("{other:?}"),
        };
        let (mut older, mut other) = (greeting(), greeting());
        older.version = "0.0.7".to_owned();
        other.libm ^= 1;
        let said = refused("secret", older);
        assert!(said.contains("0.0.7") && said.contains(env!("CARGO_PKG_VERSION")), "{said}");
        let said = refused("secret", other.clone());
        assert!(said.contains(&format!("{:016x}", other.libm)), "{said}");
        assert!(refused("guessed", greeting()).contains("token"));
        assert!(matches!(asked(address, "secret", greeting()), Some(FromGateway::Welcome)));
    });
}

#[test]
fn nodes_that_do_not_live_are_told_of() {
    let trouble = |address: &Address| {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let health = ask_health(address).map(|(_, health)| health).unwrap_or_default();
            if health.trouble.is_some() || Instant::now() > deadline {
                assert!(!health.is_ready);
                return health.trouble.unwrap_or_default();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    with_gateway("/bin/sh", &["-c", "exit 7"], |address| {
        let said = trouble(address);
        assert!(said.contains("ended with status 7"), "{said}");
    });
    with_gateway("/bin/sh", &["-c", "kill -9 $$"], |address| {
        let said = trouble(address);
        assert!(said.contains("killed by signal 9"), "{said}");
    });
    with_gateway("/no/such/program", &[], |address| {
        let said = trouble(address);
        assert!(said.contains("No such file"), "{said}");
    });
}
