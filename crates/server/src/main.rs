//! The program `mes-search`: see [`mes_search::cli`].

fn main() -> std::process::ExitCode {
    mes_search::cli::main()
}
