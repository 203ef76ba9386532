//! The `wsproof` command.

fn main() -> std::process::ExitCode {
    wsproof::main(std::env::args_os())
}
