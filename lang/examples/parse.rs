//! Parses the files named on the command line and shows what is wrong with them.
fn main() {
    for path in std::env::args().skip(1) {
        let source = std::fs::read_to_string(&path).unwrap_or_default();
        let parsed = afar_lang::parse(&source);
        for e in &parsed.errors {
            let line = source[..e.primary.start as usize].matches('\n').count() + 1;
            println!("{path}:{line}: {} {} [{}] {:?}", e.id, e.message, &source[e.primary.start as usize..e.primary.end as usize], e.help);
        }
    }
}
