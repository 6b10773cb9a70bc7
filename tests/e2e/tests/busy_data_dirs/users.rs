//! Other processes that use a data dir, until they are dropped. Does NOT use this project's code.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub(crate) struct User(Child);

impl User {
    /// Holds the instance lock, named as a daemon would name itself.
    pub(crate) fn daemon(dir: &Path) -> Self {
        let script = "
lock = open(sys.argv[1] + '/openccu-loom.lock', 'w')
fcntl.flock(lock, fcntl.LOCK_EX)
lock.write(f'{os.getpid()} daemon\\n')
lock.flush()";
        Self::python(script, dir)
    }

    /// Has a database open and has read from it.
    pub(crate) fn reader(database: &Path) -> Self {
        let script = "
connection = sqlite3.connect(sys.argv[1])
connection.execute('SELECT count(*) FROM sqlite_schema').fetchall()";
        Self::python(script, database)
    }

    /// As messages name it.
    pub(crate) fn name(&self) -> String {
        format!("(pid {})", self.0.id())
    }

    fn python(statements: &str, argument: &Path) -> Self {
        let script = format!(
            "import fcntl, os, sqlite3, sys{statements}\nprint('ready', flush=True)\nsys.stdin.read()"
        );
        let mut child = Command::new("python3")
            .args(["-c", &script])
            .arg(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        assert!(output.lines().any(|line| line.unwrap() == "ready"));
        Self(child)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // The end of its input would do, and leave it to chance when.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}
