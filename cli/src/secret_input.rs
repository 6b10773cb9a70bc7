//! Secrets from files, standard input and the keyboard, where they are not shown.
//!
//! Does NOT keep them: what is read is wiped when it is dropped.

use crate::failure::Failure;
use loom_app::{secret_line, secret_line_of};
use loom_domain::secret::SecretText;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, IsTerminal};
use std::path::Path;
use tokio::sync::oneshot;

/// A secret in a file, or with `-` on standard input: its only line.
pub(crate) fn from_file(file: &Path, flag: &str) -> Result<SecretText, Failure> {
    let failed = |why: String| Failure::Usage(format!("{flag}: `{}` {why}", file.display()));
    let read = if file == Path::new("-") { secret_line(io::stdin().lock()) } else { secret_line_of(file) };
    read.map_err(|why| failed(why.to_string()))
}

/// Whether somebody is there to be asked.
pub(crate) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on the terminal and shows what is typed.
pub(crate) async fn ask(question: &str) -> Result<String, Failure> {
    crate::output::question(question);
    Ok(typed_line().await?.reveal().trim().to_owned())
}

/// Asks on the terminal and does not show what is typed.
pub(crate) async fn ask_secret(question: &str) -> Result<SecretText, Failure> {
    // First, for what is typed at once is shown otherwise, and lost.
    let unseen = Unseen::begin()?;
    crate::output::question(question);
    let typed = typed_line().await;
    drop(unseen);
    Ok(SecretText::new(typed?.reveal().trim_end_matches(['\r', '\n'])))
}

/// A thread of its own, which nobody waits for: a signal ends the program although nothing was typed.
async fn typed_line() -> Result<SecretText, Failure> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        let _ = tell.send(read.map(|_| SecretText::new(line)));
    });
    let failed =
        |why: &dyn std::fmt::Display| Failure::Other(format!("failed to read from the terminal: {why}"));
    let line = told.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    if line.reveal().is_empty() {
        return Err(Failure::Refused("nothing was typed, and nothing was done".to_owned()));
    }
    Ok(line)
}

/// The terminal shows nothing of what is typed, until this is dropped.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> Result<Self, Failure> {
        let failed = |error| Failure::Other(format!("failed to hide what is typed: {error}"));
        let stdin = io::stdin();
        let before = tcgetattr(&stdin).map_err(failed)?;
        let mut unseen = before.clone();
        unseen.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Flush, &unseen).map_err(failed)?;
        Ok(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        // The one that was typed was not shown either.
        crate::output::question("\n");
    }
}
