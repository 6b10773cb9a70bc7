//! The program: what it prints, and that it ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn the_program_tells_where_it_listens() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sim-ccu"))
        .args(["--flavour", "stock", "--devices", "2", "--fault", "error-text=2"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap()).lines().map(Result::unwrap);
    let printed: Vec<String> = lines.take_while(|line| line != "ready").collect();
    let interrupt = format!("kill -INT {}", program.id());
    assert!(Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
    assert!(program.wait().unwrap().success());
    assert_eq!(printed[0], "simulated central (Stock) `homematic-ccu3`");
    assert_eq!(printed[1], "user Admin password secret");
    assert!(printed[2].starts_with("web http://127.0.0.1:"));
    assert!(printed[5].starts_with("VirtualDevices http://") && printed[5].ends_with("/groups"));
    assert_eq!(printed[6], "fault ErrorText(2)");
}

#[test]
fn mistakes_end_it_with_2() {
    let done = Command::new(env!("CARGO_BIN_EXE_sim-ccu")).arg("--fault=x").output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8(done.stderr).unwrap().starts_with("error: `--fault=x` is not an option"));
}
