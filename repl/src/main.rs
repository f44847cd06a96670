//! The command `afar`.

use afar::session::render_fault;
use afar::{Interactive, Session, Trouble};
use afar_runtime::abi::{self, Sink};
use afar_runtime::fault::FaultKind;
use std::io::Write;

struct Stdout(std::io::BufWriter<std::io::Stdout>);

impl Sink for Stdout {
    fn write(&mut self, text: &str, is_error: bool) -> std::io::Result<()> {
        if is_error {
            self.0.flush()?;
            return std::io::stderr().write_all(text.as_bytes());
        }
        self.0.write_all(text.as_bytes())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

fn run(args: &[String]) -> i32 {
    abi::set_sink(Box::new(Stdout(std::io::BufWriter::with_capacity(1 << 16, std::io::stdout()))));
    let (file, text) = match args {
        [_, cmd, file, ..] if cmd == "run" => (file.clone(), std::fs::read_to_string(file).unwrap_or_default()),
        [_, cmd, code, ..] if cmd == "-c" => ("<command>".to_owned(), code.clone()),
        _ => return 2,
    };
    let session = Session::new(if file.starts_with('<') { Interactive::Yes } else { Interactive::No });
    let result = session.run(&file, &text);
    abi::flush();
    if std::env::var("AFAR_IR").is_ok() {
        eprintln!("{}", afar_compiler::compiler().ir_text());
    }
    match result {
        Ok(()) => 0,
        Err(Trouble::Refused(diagnostics)) => {
            for d in diagnostics {
                let line = text[..d.primary.start as usize].matches('\n').count() + 1;
                eprintln!("error[{}]: {}\n --> {file}:{line}", d.id, d.message);
            }
            2
        }
        Err(Trouble::Fault(fault)) => {
            eprintln!("{}", render_fault(&fault));
            match *fault.0 {
                FaultKind::Exit(code) => code,
                FaultKind::NotPure { .. } => 2,
                _ => 1,
            }
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let code = std::thread::Builder::new().stack_size(4 << 30).spawn(move || run(&args)).map(|t| t.join());
    std::process::exit(code.ok().and_then(Result::ok).unwrap_or(101));
}
