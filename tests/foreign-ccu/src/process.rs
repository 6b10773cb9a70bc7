//! One process of Python that writes lines and obeys lines.
//!
//! Does NOT know what they mean.

use serde_json::Value;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The process; ended when dropped, and by itself when its input ends.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts `program` on a script. Its complaints go where ours go.
    pub(crate) fn start(program: &str, script: &str, arguments: &[String]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(["-c", script]).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| io::Error::new(error.kind(), format!("`{program}`: {error}")))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or_else(|| io::Error::other("it has no pipes"))?;
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// The next line it writes; an error once it has ended.
    pub(crate) fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.output.read_line(&mut line)? {
            0 => {
                Err(io::Error::other("the simulated central ended; what it said on standard error tells why"))
            }
            _ => Ok(line.trim().to_owned()),
        }
    }

    /// Tells it a line and reads its answer.
    pub(crate) fn ask(&mut self, line: &str) -> io::Result<Value> {
        writeln!(self.input, "{line}")?;
        Ok(serde_json::from_str(&self.line()?)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already is only waited for.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
