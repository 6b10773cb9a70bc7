//! The daemon's binary. Does NOT do anything of its own.

fn main() -> std::process::ExitCode {
    loom_cli::main()
}
