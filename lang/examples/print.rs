//! Prints the trees of files: `print IN OUT ...`.
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    for pair in args.chunks(2) {
        let source = std::fs::read_to_string(&pair[0]).unwrap_or_default();
        let parsed = afar_lang::parse(&source);
        if parsed.errors.is_empty() {
            std::fs::write(&pair[1], afar_lang::print::module(&parsed.tree)).expect("written");
        }
    }
}
