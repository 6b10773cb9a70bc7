//! Locks between processes: the other one is this test binary again, or Python with its SQLite.

use super::*;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Another process, alive until its input ends.
struct Other {
    child: Child,
    _input: ChildStdin,
}

impl Other {
    /// Starts it and waits until it says that it is ready.
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        assert!(output.lines().any(|line| line.unwrap().contains("ready")));
        let input = child.stdin.take().unwrap();
        Self { child, _input: input }
    }

    fn in_role(role: &str, path: &Path) -> Self {
        Self::start(this_test_as("lock::tests::other_process").env("ROLE", role).env("PLACE", path))
    }

    fn sqlite(database: &Path, statements: &str) -> Self {
        let script = format!(
            "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n{statements}\nprint('ready', flush=True)\nsys.stdin.read()"
        );
        Self::start(Command::new("python3").args(["-c", &script]).arg(database))
    }

    fn name(&self) -> String {
        format!("(pid {})", self.child.id())
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn this_test_as(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture"]);
    command
}

#[test]
#[ignore = "runs as the child of another test"]
fn other_process() {
    let place = std::path::PathBuf::from(std::env::var_os("PLACE").unwrap());
    let _held: Box<dyn std::any::Any> = match std::env::var("ROLE").unwrap().as_str() {
        "daemon" => Box::new(InstanceLock::acquire(&place, Role::Daemon).unwrap()),
        "backup" => Box::new(SwapLock::shared(&place).unwrap()),
        "record lock" => {
            let file = File::options().read(true).write(true).open(&place).unwrap();
            rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::LockShared).unwrap();
            Box::new(file)
        }
        "look" => {
            println!("ready: {:?}", foreign_holder(&place).unwrap());
            return;
        }
        role => panic!("unknown role {role}"),
    };
    println!("ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn a_held_data_dir_names_its_holder_and_is_free_once_that_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Other::in_role("daemon", dir.path());
    let by = format!("a daemon {}", daemon.name());
    assert_eq!(InstanceLock::holder(dir.path()).unwrap(), Some(by.clone()));
    let error = InstanceLock::acquire(dir.path(), Role::Restore).unwrap_err();
    assert_eq!(error.to_string(), format!("it is in use by {by}"));
    daemon.kill();
    assert_eq!(InstanceLock::holder(dir.path()).unwrap(), None);
    InstanceLock::acquire(dir.path(), Role::Restore).unwrap();
}

#[test]
fn a_released_lock_leaves_an_empty_file_and_a_look_creates_none() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("openccu-loom.lock");
    assert_eq!(InstanceLock::holder(dir.path()).unwrap(), None);
    assert!(!file.exists());
    let lock = InstanceLock::acquire(dir.path(), Role::Undo).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{} undo\n", std::process::id()));
    let error = InstanceLock::acquire(dir.path(), Role::Daemon).unwrap_err();
    assert!(error.to_string().contains("an undo (pid "), "{error}");
    drop(lock);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
}

#[test]
fn what_stands_in_the_lock_file_s_place_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (file, theirs) = (dir.path().join("openccu-loom.lock"), dir.path().join("theirs"));
    std::fs::write(&theirs, "precious").unwrap();
    let stand_ins: [fn(&Path, &Path); 4] = [
        |theirs, file| std::os::unix::fs::symlink(theirs, file).unwrap(),
        |theirs, file| std::fs::hard_link(theirs, file).unwrap(),
        |_, file| assert!(Command::new("mkfifo").arg(file).status().unwrap().success()),
        |_, file| std::fs::create_dir(file).unwrap(),
    ];
    for put in stand_ins {
        put(&theirs, &file);
        let taken = InstanceLock::acquire(dir.path(), Role::Daemon);
        for error in
            [taken.unwrap_err().to_string(), InstanceLock::holder(dir.path()).unwrap_err().to_string()]
        {
            assert!(error.contains(&format!("`{}` is ", file.display())), "{error}");
        }
        assert_eq!(std::fs::read_to_string(&theirs).unwrap(), "precious");
        if std::fs::remove_file(&file).is_err() {
            std::fs::remove_dir(&file).unwrap();
        }
    }
}

#[test]
fn a_look_at_the_lock_never_makes_it_busy() {
    let dir = tempfile::tempdir().unwrap();
    drop(InstanceLock::acquire(dir.path(), Role::Daemon).unwrap());
    let looking = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while looking.load(std::sync::atomic::Ordering::Relaxed) {
                InstanceLock::holder(dir.path()).unwrap();
            }
        });
        let taken = (0..200).all(|_| InstanceLock::acquire(dir.path(), Role::Daemon).is_ok());
        looking.store(false, std::sync::atomic::Ordering::Relaxed);
        assert!(taken);
    });
}

#[test]
fn backups_share_the_swap_lock_and_a_restore_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let other = Other::in_role("backup", dir.path());
    let ours = SwapLock::shared(dir.path()).unwrap();
    drop(ours);
    let error = SwapLock::exclusive(dir.path()).unwrap_err();
    assert_eq!(error.to_string(), "it is in use by a backup that is being taken");
    other.kill();
    let restore = SwapLock::exclusive(dir.path()).unwrap();
    let error = SwapLock::shared(dir.path()).unwrap_err();
    assert_eq!(error.to_string(), "it is in use by a restore or a change of the master key");
    drop(restore);
    SwapLock::shared(dir.path()).unwrap();
}

#[test]
fn a_lock_is_free_once_it_is_dropped_though_a_starting_process_still_has_its_file_open() {
    let dir = tempfile::tempdir().unwrap();
    let restore = SwapLock::exclusive(dir.path()).unwrap();
    let _inherited = restore.folder.try_clone().unwrap();
    drop(restore);
    let backup = SwapLock::shared(dir.path()).unwrap();
    let _inherited = backup.folder.try_clone().unwrap();
    drop(backup);
    SwapLock::exclusive(dir.path()).unwrap();
    let daemon = InstanceLock::acquire(dir.path(), Role::Daemon).unwrap();
    let _inherited = daemon.file.try_clone().unwrap();
    drop(daemon);
    InstanceLock::acquire(dir.path(), Role::Restore).unwrap();
}

#[test]
fn a_record_lock_of_another_process_is_found_with_its_pid() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("openccu-loom.db");
    std::fs::write(&database, "SQLite format 3\0").unwrap();
    assert_eq!(foreign_holder(&database).unwrap(), None);
    let other = Other::in_role("record lock", &database);
    assert_eq!(foreign_holder(&database).unwrap(), Some(format!("another process {}", other.name())));
    other.kill();
    assert_eq!(foreign_holder(&database).unwrap(), None);
}

#[test]
fn a_missing_database_is_held_by_nobody() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(foreign_holder(&dir.path().join("openccu-loom.db")).unwrap(), None);
}

#[test]
fn an_open_connection_in_wal_mode_is_found_also_when_it_idles() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("openccu-loom.db");
    let setup = "c.execute('pragma journal_mode=wal'); c.execute('create table t (x)'); c.commit()";
    let other = Other::sqlite(&database, setup);
    assert_eq!(foreign_holder(&database).unwrap(), Some(format!("another process {}", other.name())));
    other.kill();
    assert_eq!(foreign_holder(&database).unwrap(), None, "a stale -wal and -shm hold nothing");
}

#[test]
fn a_reading_connection_in_rollback_mode_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("openccu-loom.db");
    let setup = "c.isolation_level = None; c.execute('create table t (x)'); c.execute('begin'); c.execute('select * from t').fetchall()";
    let other = Other::sqlite(&database, setup);
    assert_eq!(foreign_holder(&database).unwrap(), Some(format!("another process {}", other.name())));
    other.kill();
}

#[test]
fn looking_into_a_database_keeps_this_process_s_own_locks() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["openccu-loom.db", "openccu-loom.db-shm"] {
        let file = dir.path().join(name);
        std::fs::write(&file, b"SQLite format 3\0 and more").unwrap();
    }
    let database = dir.path().join("openccu-loom.db");
    for locked in [database.clone(), dir.path().join("openccu-loom.db-shm")] {
        let own = File::options().read(true).write(true).open(&locked).unwrap();
        rustix::fs::fcntl_lock(&own, rustix::fs::FlockOperation::LockShared).unwrap();
        assert_eq!(crate::kept_open::head(&locked, 20).unwrap(), b"SQLite format 3\0 and");
        foreign_holder(&database).unwrap();
        let look = this_test_as("lock::tests::other_process")
            .env("ROLE", "look")
            .env("PLACE", &database)
            .output()
            .unwrap();
        let seen = String::from_utf8(look.stdout).unwrap();
        assert!(seen.contains(&format!("(pid {})", std::process::id())), "{}: {seen}", locked.display());
        drop(own);
        // The first lock would answer for the second file as well.
        std::fs::remove_file(&locked).unwrap();
        std::fs::write(&locked, b"SQLite format 3\0 and more").unwrap();
    }
}

#[test]
fn who_meets_a_change_of_the_master_key_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let told = |locked: Result<SwapLock, LockError>| locked.unwrap_err().to_string();
    for (role, by) in [
        (Role::KeyChange, "it is in use by a change of the master key (pid "),
        (Role::Daemon, "it is in use by a change of the master key by a daemon (pid "),
        (Role::Restore, "it is in use by a restore (pid "),
    ] {
        let _instance = InstanceLock::acquire(dir.path(), role).unwrap();
        let _swap = SwapLock::exclusive(dir.path()).unwrap();
        assert!(told(SwapLock::shared(dir.path())).starts_with(by), "{by}");
        assert!(told(SwapLock::exclusive(dir.path())).starts_with(by), "{by}");
    }
}
