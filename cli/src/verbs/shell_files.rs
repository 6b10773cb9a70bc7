//! `completions` and `man`: files for shells and manual readers, made from the grammar itself.
//!
//! Does NOT install them anywhere.

use crate::args::Cli;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use clap::CommandFactory;
use std::path::Path;

pub(crate) fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "openccu-loom", &mut script);
    // For bash, a hyphen in the program's name is spelled in two ways that never meet, and nothing is completed after
    // a verb (https://github.com/clap-rs/clap/issues/6421). Where that is mended there is nothing to replace.
    let script = String::from_utf8_lossy(&script).replace("openccu__subcmd__loom", "openccu__loom");
    crate::output::script(script.trim_end());
    Ok(ExitCode::Done)
}

pub(crate) fn manual(folder: &Path) -> Result<ExitCode, Failure> {
    clap_mangen::generate_to(Cli::command(), folder).map_err(|error| {
        Failure::Other(format!(
            "failed to write manual pages: `{}` cannot be written: {error}",
            folder.display()
        ))
    })?;
    crate::output::text(&format!("manual pages written to {}", folder.display()));
    Ok(ExitCode::Done)
}
