//! Every way a backup of a central can fail, with the words its record ends in: `failing/backups.txt` has them all.
//!
//! Does NOT run on each backend: the words are the same. Ports, ids and sizes stand as `…` in the text.

use crate::shapes::BACKUP;
use loom_api_tests::ccu;
use loom_api_tests::shape::fits;
use loom_api_tests::{Backend, Client, TestDaemon, jobs};
use loom_sim_ccu::{Fault, Flavour, Interface, Sim, UserLevel};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;

/// What to do to a central, and what the catalogue of failures calls it.
struct Case {
    name: &'static str,
    fault: Fault,
}

const fn case(name: &'static str, fault: Fault) -> Case {
    Case { name, fault }
}

const CASES: [Case; 25] = [
    case("F1 the login page", Fault::LoginPage),
    case("F2 a redirect to HTTPS", Fault::RedirectToHttps),
    case("F2 nothing", Fault::EmptyBody),
    case("F3 cut off on its way", Fault::CutOuter(5000)),
    case("F3 fewer bytes than announced", Fault::WrongContentLength(100)),
    case("F4 cut off inside", Fault::CutInner),
    case("F5 an error text", Fault::ErrorText(2)),
    case("F6 never a byte", Fault::HangBeforeFirstByte),
    case("F6 silent midway", Fault::HangMidway),
    case("F6 no end", Fault::EndlessBody),
    case("F7 the page of an error", Fault::InternalErrorPage),
    case("F8 no session left", Fault::SessionsFull(501)),
    case("F8 no logins", Fault::SessionsFull(503)),
    case("F9 a session that is lost each time", Fault::SessionLost),
    case("F9 no logic process", Fault::RegaDown),
    case("F10 another password on interfaces", Fault::RpcUnauthorized),
    case("F11 interfaces that start", Fault::RpcBooting503),
    case("F12 interfaces behind a firewall", Fault::RpcPortsSilent),
    case("F13 no answer at all", Fault::Mute),
    case("F14 scripts that print nothing", Fault::EmptyScriptResult),
    case("F24 broken umlauts", Fault::BrokenUmlauts),
    case("another hash", Fault::BadSha256),
    case("no names, rooms and programs", Fault::NoRegadom),
    case("a number that is none", Fault::NotANumberJson),
    case("no result", Fault::MissingResultJson),
];

/// A daemon whose patience is as short as can be, and a central it knows.
pub(crate) async fn impatient(sim: &Sim) -> TestDaemon {
    let short = json!({
        "connect_timeout": "1s", "answer_timeout": "1s", "backup_first_byte_timeout": "1s",
        "idle_timeout": "1s", "backup_total_timeout": "2s", "apply_timeout": "1s", "retry_pause": "5ms",
        "way_back_timeout": "600ms",
    });
    let daemon = ccu::daemon_with(Backend::Memory, short).await;
    ccu::add(&daemon, "ccu", sim).await;
    daemon
}

#[tokio::test]
async fn each_failure_of_a_backup_of_a_stock_central_has_its_own_words() {
    each_has_its_own_words(Flavour::Stock).await;
}

#[tokio::test]
async fn each_failure_of_a_backup_of_an_openccu_central_has_its_own_words() {
    each_has_its_own_words(Flavour::OpenCcu).await;
}

async fn each_has_its_own_words(flavour: Flavour) {
    let mut told = String::new();
    for Case { name, fault } in &CASES {
        let sim = ccu::central(flavour).await;
        let daemon = impatient(&sim).await;
        sim.inject(fault.clone());
        write!(told, "\n{name}\n{}", told_of(&daemon.as_admin(), &sim).await).unwrap();
        sim.heal();
    }
    for (name, words) in [
        ("F1 another password", wrong_password(flavour).await),
        ("F1 no administrator", no_administrator(flavour).await),
        ("F6 nobody there", nobody_there(flavour).await),
        ("F17 much larger than before", grown(flavour).await),
        ("another central at the address", another_central(flavour).await),
    ] {
        write!(told, "\n{name}\n{words}").unwrap();
    }
    compare(&told, include_str!("failing/backups.txt"), flavour);
}

/// Compares with the part of the kept text that is about this firmware, and shows what is right where they differ.
#[track_caller]
pub(crate) fn compare(told: &str, kept: &str, flavour: Flavour) {
    let part = kept.split("# ").find_map(|part| part.strip_prefix(&format!("{flavour:?}\n")));
    let part = part.unwrap_or_default();
    let differs = told.lines().zip(part.lines()).find(|(told, kept)| told != kept);
    assert!(told.trim() == part.trim(), "{differs:?}; right is:\n# {flavour:?}\n{told}");
}

/// What the record of a backup tells in the end.
async fn told_of(admin: &Client, sim: &Sim) -> String {
    let id = ccu::begin(admin).await;
    let entry = ccu::ended(admin, &id).await;
    fits(&entry, BACKUP);
    let failed = entry["state"] == "failed";
    for field in ["failure", "reason"] {
        assert_eq!(entry.get(field).is_some(), failed, "{entry:#}");
    }
    if failed {
        let storage = admin.get("/backups/storage").await.expect(200).json();
        let completed = admin.get("/backups").await.json();
        let completed =
            completed.as_array().unwrap().iter().filter(|entry| entry["state"] == "completed").count();
        assert_eq!(storage["count"], completed, "something is kept");
        let job = admin.get(&format!("/jobs/{}", entry["job"].as_str().unwrap())).await.json();
        assert_eq!((job.get("reason"), job.get("hint")), (entry.get("reason"), entry.get("hint")));
    }
    in_words(&entry, sim)
}

/// A record in lines, with what differs from run to run left out.
pub(crate) fn in_words(entry: &Value, sim: &Sim) -> String {
    let mut lines = String::new();
    match entry["failure"].as_str() {
        Some(failure) => writeln!(lines, "  {}: {failure}", entry["state"].as_str().unwrap()).unwrap(),
        None => writeln!(lines, "  {}", entry["state"].as_str().unwrap()).unwrap(),
    }
    for (field, sign) in [("reason", ""), ("hint", "hint: ")] {
        if let Some(words) = entry[field].as_str() {
            writeln!(lines, "  {sign}{words}").unwrap();
        }
    }
    for remarks in [&entry["contents"]["warnings"], &entry["differences"]] {
        for words in remarks.as_array().into_iter().flatten() {
            writeln!(lines, "  - {}", words.as_str().unwrap()).unwrap();
        }
    }
    let mut ports: Vec<u16> = sim.rpc_addrs().values().map(std::net::SocketAddr::port).collect();
    ports.push(sim.web_addr().port());
    let lines = ports.iter().fold(lines, |lines, port| lines.replace(&format!(":{port}"), ":…"));
    lines.split_inclusive(' ').map(masked).collect()
}

/// A word without the digits of an id or a size.
fn masked(word: &str) -> String {
    let plain = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let is_size = plain.len() > 4 && plain.bytes().all(|byte| byte.is_ascii_digit());
    let is_id = plain.len() > 16 && plain[plain.len() - 6..].bytes().all(|byte| byte.is_ascii_digit());
    if is_size || is_id { word.replace(plain, "…") } else { word.to_owned() }
}

async fn wrong_password(flavour: Flavour) -> String {
    let sim = ccu::central(flavour).await;
    let daemon = impatient(&sim).await;
    sim.set_password("Admin", "another");
    told_of(&daemon.as_admin(), &sim).await
}

async fn no_administrator(flavour: Flavour) -> String {
    let sim = Sim::start(ccu::config(flavour).user("guest", "secret", UserLevel::Guest)).await.unwrap();
    let daemon = impatient(&sim).await;
    let admin = daemon.as_admin();
    let mut row = ccu::row("ccu", &sim);
    row["username"] = json!("guest");
    admin.put("/centrals/ccu", &row).await.expect(204);
    jobs::idle(&admin).await;
    told_of(&admin, &sim).await
}

async fn nobody_there(flavour: Flavour) -> String {
    let sim = ccu::central(flavour).await;
    let daemon = impatient(&sim).await;
    let gone = ccu::central(flavour).await;
    let row = ccu::row("ccu", &gone);
    drop(gone);
    tokio::time::sleep(Duration::from_millis(50)).await;
    daemon.as_admin().put("/centrals/ccu", &row).await.expect(204);
    jobs::idle(&daemon.as_admin()).await;
    let words = told_of(&daemon.as_admin(), &sim).await;
    words.replace(&format!(":{}", row["port"]), ":…")
}

/// The same central with much more on it.
async fn grown(flavour: Flavour) -> String {
    let sim = ccu::central(flavour).await;
    let daemon = impatient(&sim).await;
    let admin = daemon.as_admin();
    ccu::taken(&admin).await;
    let large = Sim::start(ccu::config(flavour).backup_size_mib(20)).await.unwrap();
    admin.put("/centrals/ccu", &ccu::row("ccu", &large)).await.expect(204);
    jobs::idle(&admin).await;
    told_of(&admin, &large).await
}

async fn another_central(flavour: Flavour) -> String {
    let sim = ccu::central(flavour).await;
    let daemon = impatient(&sim).await;
    let admin = daemon.as_admin();
    let mut row = ccu::row("ccu", &sim);
    row["serial"] = json!("ABC1234567");
    admin.put("/centrals/ccu", &row).await.expect(204);
    jobs::idle(&admin).await;
    assert_eq!(sim.device_count(Interface::HmIpRf), 5);
    told_of(&admin, &sim).await
}
