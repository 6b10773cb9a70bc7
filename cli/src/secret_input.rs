//! Secrets from files, standard input and the keyboard, where they are not shown.
//!
//! Does NOT keep them: what is read is wiped when it is dropped.

use crate::failure::Failure;
use loom_domain::secret::SecretText;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use tokio::sync::oneshot;

/// No key, token or password is longer; a wrong file is not read to its end.
const MAX_BYTES: u64 = 4096;

/// A secret in a file, or with `-` on standard input: its only line.
pub(crate) fn from_file(file: &Path, flag: &str) -> Result<SecretText, Failure> {
    let failed = |why: String| Failure::Usage(format!("{flag}: `{}` {why}", file.display()));
    let read = if file == Path::new("-") {
        only_line(io::stdin().lock())
    } else {
        let opened = std::fs::File::open(file).map_err(|error| failed(format!("cannot be read: {error}")))?;
        only_line(opened)
    };
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
    crate::output::question(question);
    let unseen = Unseen::begin()?;
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

fn only_line(from: impl Read) -> Result<SecretText, Why> {
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    from.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(Why::Unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Why::TooLong);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Why::NoText)?;
    let line = text.trim_end_matches(['\r', '\n']);
    match line {
        "" => Err(Why::Empty),
        _ if line.contains(['\r', '\n']) => Err(Why::Lines),
        _ => Ok(SecretText::new(line)),
    }
}

/// Why there is no secret in it. Reads after the name of the file.
enum Why {
    Unreadable(io::Error),
    TooLong,
    NoText,
    Empty,
    Lines,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::TooLong => write!(f, "has more than {MAX_BYTES} bytes; it must hold one line"),
            Self::NoText => f.write_str("is no text"),
            Self::Empty => f.write_str("is empty"),
            Self::Lines => f.write_str("has several lines; it must hold one"),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        only_line(bytes).map(|secret| secret.reveal().to_owned()).map_err(|why| why.to_string())
    }

    #[test]
    fn a_secret_is_the_only_line_of_its_file() {
        for bytes in [&b"key"[..], b"key\n", b"key\r\n"] {
            assert_eq!(read(bytes).unwrap(), "key");
        }
        assert_eq!(read(b" key \n").unwrap(), " key ");
    }

    #[test]
    fn what_holds_no_secret_is_told_and_not_shown() {
        for (bytes, words) in [
            (&b""[..], "is empty"),
            (b"\n", "is empty"),
            (b"key\nmore\n", "has several lines; it must hold one"),
            (b"\xff\xfe", "is no text"),
            (&[b'k'; 4097], "has more than 4096 bytes; it must hold one line"),
        ] {
            assert_eq!(read(bytes).unwrap_err(), words);
        }
    }
}
