//! The `wstest` command: Autobahn's command line.

fn main() -> std::process::ExitCode {
    wsproof::wstest::main(std::env::args_os())
}
