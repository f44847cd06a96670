//! Parses and checks the files named on the command line and shows what is wrong with them.
fn main() {
    let run = || {
        let quiet = std::env::var("QUIET").is_ok();
        for path in std::env::args().skip(1) {
            let source = std::fs::read_to_string(&path).unwrap_or_default();
            let start = std::time::Instant::now();
            let parsed = afar_lang::parse(&source);
            let mut all = parsed.errors;
            if !quiet {
                all.extend(afar_lang::check(&parsed.tree, &afar_lang::CheckEnv::default(), &source));
            }
            for e in all.iter().take(60) {
                let line = source[..e.primary.start as usize].matches('\n').count() + 1;
                let text: String = source[e.primary.start as usize..e.primary.end as usize].chars().take(60).collect();
                println!("{path}:{line}: {} {} [{text}] {:?}", e.id, e.message, e.help);
            }
            if parsed.incomplete {
                println!("{path}: incomplete");
            }
            if start.elapsed().as_millis() > 300 {
                println!("{path}: {:?}", start.elapsed());
            }
            std::mem::drop(parsed.tree);
        }
    };
    let _ = std::thread::Builder::new().stack_size(1 << 30).spawn(run).map(|t| t.join());
}
