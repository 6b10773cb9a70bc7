//! The files of `docs/deploy` agree with each other and with the program: paths, variables, ports, versions.
//!
//! Does NOT run systemd or Docker. The health check of the image is run as it stands there.
#![expect(clippy::unwrap_used, reason = "a file that cannot be read has failed")]

use loom_app::bootstrap::{DATA_DIR_VARIABLE, SECRET_KEY_VARIABLE};
use loom_e2e::docs::document;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The values of a key of the unit file, in their order.
fn unit(key: &str) -> Vec<String> {
    let text = document("docs/deploy/openccu-loom.service");
    let values = text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    values.map(str::to_owned).collect()
}

/// What follows an instruction of the Dockerfile, continued lines put together.
fn dockerfile(instruction: &str) -> Vec<String> {
    let text = document("docs/deploy/Dockerfile").replace("\\\n", " ");
    let values = text.lines().filter_map(|line| line.strip_prefix(instruction)?.strip_prefix(' '));
    values.map(str::to_owned).collect()
}

fn compose(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn the_unit_starts_the_program_on_a_state_folder_of_its_own() {
    assert_eq!(unit("ExecStart"), ["/usr/bin/openccu-loom run --config /etc/openccu-loom/config.yaml"]);
    assert!(root().join("cli/src/bin/openccu-loom.rs").is_file());
    let [state] = unit("StateDirectory").try_into().unwrap();
    assert_eq!(unit("Environment"), [format!("{DATA_DIR_VARIABLE}=%S/{state}")]);
    assert_eq!(unit("WorkingDirectory"), [format!("%S/{state}")]);
    assert_eq!(unit("User"), ["openccu"]);
    assert_eq!([unit("UMask"), unit("StateDirectoryMode")].concat(), ["0077", "0700"]);
}

#[test]
fn the_unit_waits_for_readiness_and_takes_away_what_is_not_needed() {
    for (key, value) in [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("WatchdogSec", "30"),
        ("Restart", "on-failure"),
        ("StartLimitIntervalSec", "0"),
        ("RestartSec", "5"),
        ("RestartSteps", "8"),
        ("RestartMaxDelaySec", "300"),
        ("RestartPreventExitStatus", "2 5"),
        ("TimeoutStopSec", "15"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("SystemCallFilter", "@system-service"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("MemoryDenyWriteExecute", "yes"),
    ] {
        assert_eq!(unit(key), [value], "{key}");
    }
}

#[test]
fn the_image_is_built_with_the_pinned_toolchain_and_runs_as_nobody_special() {
    let toolchain = document("rust-toolchain.toml");
    let channel =
        toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"')).unwrap();
    assert_eq!(dockerfile("FROM"), [&format!("rust:{channel}-bookworm AS build"), "debian:12-slim"]);
    let [pinned, data_dir] = dockerfile("ENV").try_into().unwrap();
    assert_eq!(pinned, format!("RUSTUP_TOOLCHAIN={channel}"));
    assert_eq!(data_dir, format!("{DATA_DIR_VARIABLE}=/data"));
    assert_eq!([dockerfile("VOLUME"), dockerfile("WORKDIR")].concat(), ["/data", "/build", "/data"]);
    assert_eq!([dockerfile("USER"), dockerfile("EXPOSE")].concat(), ["openccu", "8119"]);
    let runs = dockerfile("RUN");
    assert_eq!(runs[0], "cargo build --release --locked --package loom-cli --bin openccu-loom");
    assert_eq!(
        dockerfile("COPY"),
        [". .", "--from=build /build/target/release/openccu-loom /usr/bin/openccu-loom"]
    );
    assert_eq!([dockerfile("ENTRYPOINT"), dockerfile("CMD")].concat(), ["[\"openccu-loom\"]", "[\"run\"]"]);
    assert_eq!(dockerfile("STOPSIGNAL"), ["SIGTERM"]);
}

#[test]
fn the_composition_fits_the_image_and_gives_it_no_more_than_it_needs() {
    let composition = compose(&document("docs/deploy/compose.yaml"));
    let service = &composition["services"]["openccu-loom"];
    let context = root().join("docs/deploy").join(service["build"]["context"].as_str().unwrap());
    assert!(context.join("Cargo.lock").is_file());
    assert!(context.join(service["build"]["dockerfile"].as_str().unwrap()).is_file());
    assert_eq!(service["environment"], serde_json::json!({ DATA_DIR_VARIABLE: "/data" }));
    assert_eq!(service["volumes"], serde_json::json!(["openccu-loom-data:/data"]));
    assert!(composition["volumes"].as_object().unwrap().contains_key("openccu-loom-data"));
    assert_eq!(service["ports"], serde_json::json!(["8119:8119"]));
    assert_eq!(service["read_only"], true);
    assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]));
    assert_eq!(service["security_opt"], serde_json::json!(["no-new-privileges:true"]));
}

#[test]
fn the_master_key_can_be_pinned_by_removing_one_mark() {
    let text = document("docs/deploy/compose.yaml");
    let marked = format!("# {SECRET_KEY_VARIABLE}:");
    assert_eq!(text.matches(&marked).count(), 1);
    let composition = compose(&text.replace(&marked, &marked[2..]));
    let environment = &composition["services"]["openccu-loom"]["environment"];
    assert!(environment[SECRET_KEY_VARIABLE].as_str().unwrap().starts_with("${OPENCCU_LOOM_SECRET_KEY:?"));
}

#[test]
fn the_health_check_tells_an_answer_from_another_and_from_none() {
    let [check] = dockerfile("HEALTHCHECK").try_into().unwrap();
    let words: Vec<String> = serde_json::from_str(check.split_once("CMD ").unwrap().1).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let healthy = || {
        let words = words.iter().map(|word| word.replace("8119", &port)).collect::<Vec<_>>();
        Command::new(&words[0]).args(&words[1..]).output().unwrap().status.success()
    };
    let answers = ["200 OK", "503 Service Unavailable"];
    let asked = std::thread::spawn(move || {
        answers.map(|answer| {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap() > 0 {}
            write!(stream.get_mut(), "HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").unwrap();
            head
        })
    });
    assert_eq!([healthy(), healthy()], [true, false]);
    for head in asked.join().unwrap() {
        assert!(head.starts_with("GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n"), "{head}");
    }
    // The listener went with its thread.
    assert!(!healthy());
}
