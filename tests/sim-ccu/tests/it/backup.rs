//! Backups: what is sent, and each way it goes wrong.

use crate::browser::{admin, client, create_backup, login};
use flate2::read::GzDecoder;
use loom_sim_ccu::{Fault, Flavour, Sim, SimConfig, UserLevel};
use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

/// Members by name, as another reader of tar sees them.
fn members(tar: impl Read) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(tar);
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().trim_start_matches("./").to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (name, content)
    };
    archive.entries().unwrap().map(read).collect()
}

#[tokio::test]
async fn both_flavours_send_a_backup_their_way() {
    for flavour in [Flavour::Stock, Flavour::OpenCcu] {
        let sim = Sim::start(SimConfig::new(flavour)).await.unwrap();
        let session = admin(&sim).await;
        let answer = create_backup(&sim, &session).await.unwrap();
        let length = answer.content_length();
        let disposition = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
        let body = answer.bytes().await.unwrap();
        let members = members(&body[..]);
        let inner = self::members(GzDecoder::new(&members["usr_local.tar.gz"][..]));
        assert!(!inner["usr/local/etc/config/homematic.regadom"].is_empty());
        assert!(inner.contains_key("usr/local/etc/config/rfd/NEQ01000000.dev"));
        assert_eq!(members["signature"].len(), 33);
        assert_eq!(members["key_index"], b"0\n");
        assert!(members["firmware_version"].starts_with(b"VERSION=3.87.6"));
        assert_eq!(&body[257..262], b"ustar");
        match flavour {
            Flavour::Stock => {
                assert_eq!((length, members.len()), (None, 4));
                assert_eq!(disposition, "attachment;filename=homematic-ccu3-2026-01-02.sbk");
            }
            Flavour::OpenCcu => {
                assert_eq!(length, Some(u64::try_from(body.len()).unwrap()));
                assert_eq!(String::from_utf8_lossy(&members["signature.sha256"]).lines().count(), 4);
                assert!(disposition.ends_with("ccu3-3.87.6.20260101-2026-01-02-0304.sbk\""), "{disposition}");
            }
        }
        assert_eq!((sim.observed().backups_created, sim.observed().backups_running), (1, 0));
    }
}

#[tokio::test]
async fn without_rights_the_login_page_comes() {
    let config = SimConfig::new(Flavour::OpenCcu).user("Gast", "gast", UserLevel::Guest);
    let sim = Sim::start(config).await.unwrap();
    let guest = login(&sim, "Gast", "gast").await.unwrap();
    for session in [guest.as_str(), "0123456789"] {
        let answer = create_backup(&sim, session).await.unwrap();
        assert_eq!(answer.status(), 200);
        let page = answer.text().await.unwrap();
        assert!(page.starts_with("<!DOCTYPE") && page.contains("reloadPage()"), "{page}");
    }
    let session = admin(&sim).await;
    let bare = format!("{}/config/cp_security.cgi?sid={session}&action=create_backup", sim.web_url());
    assert!(client().get(bare).send().await.unwrap().text().await.unwrap().contains("Unauthorized"));
}

#[tokio::test]
async fn bodies_fail_as_told() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let session = admin(&sim).await;
    sim.inject_once(Fault::ErrorText(2));
    let text = create_backup(&sim, &session).await.unwrap().text().await.unwrap();
    assert_eq!(text, "ERROR: creating backup returned unexpected error code 2\n");
    sim.inject_once(Fault::EmptyBody);
    assert_eq!(create_backup(&sim, &session).await.unwrap().bytes().await.unwrap().len(), 0);
    sim.inject_once(Fault::CutOuter(1000));
    assert!(create_backup(&sim, &session).await.unwrap().bytes().await.is_err());
    sim.inject_once(Fault::WrongContentLength(5));
    assert!(create_backup(&sim, &session).await.unwrap().bytes().await.is_err());
    sim.inject_once(Fault::RedirectToHttps);
    assert_eq!(create_backup(&sim, &session).await.unwrap().status(), 301);
    sim.inject_once(Fault::InternalErrorPage);
    let page = create_backup(&sim, &session).await.unwrap().text().await.unwrap();
    assert!(page.contains("An internal error was detected in the service software"));
    assert!(create_backup(&sim, &session).await.unwrap().bytes().await.is_ok());
}

#[tokio::test]
async fn stock_hides_a_cut_body() {
    let sim = Sim::start(SimConfig::new(Flavour::Stock)).await.unwrap();
    let session = admin(&sim).await;
    sim.inject_once(Fault::CutOuter(1000));
    assert_eq!(create_backup(&sim, &session).await.unwrap().bytes().await.unwrap().len(), 1000);
}

#[tokio::test]
async fn damage_inside_is_signed_all_the_same() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let session = admin(&sim).await;
    sim.inject_once(Fault::CutInner);
    let cut = members(&create_backup(&sim, &session).await.unwrap().bytes().await.unwrap()[..]);
    let unpacked = GzDecoder::new(&cut["usr_local.tar.gz"][..]).read_to_end(&mut Vec::new());
    assert!(unpacked.is_err() && cut["signature"].len() == 33);
    sim.inject_once(Fault::NoRegadom);
    let body = create_backup(&sim, &session).await.unwrap().bytes().await.unwrap();
    let inner = members(GzDecoder::new(&members(&body[..])["usr_local.tar.gz"][..]));
    assert!(!inner.contains_key("usr/local/etc/config/homematic.regadom") && inner.len() > 3);
}

#[tokio::test]
async fn silence_lasts_until_the_client_goes() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let session = admin(&sim).await;
    sim.inject_once(Fault::HangBeforeFirstByte);
    let short = Duration::from_millis(100);
    assert!(tokio::time::timeout(short, create_backup(&sim, &session)).await.is_err());
    sim.inject_once(Fault::HangMidway);
    let answer = create_backup(&sim, &session).await.unwrap();
    assert!(tokio::time::timeout(short, answer.bytes()).await.is_err());
    sim.inject_once(Fault::EndlessBody);
    let mut answer = create_backup(&sim, &session).await.unwrap();
    let mut read = 0;
    while read < 8 * 1024 * 1024 {
        read += answer.chunk().await.unwrap().unwrap().len();
    }
}

#[tokio::test]
async fn a_large_backup_has_its_size() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu).backup_size_mib(32)).await.unwrap();
    let session = admin(&sim).await;
    let mut answer = create_backup(&sim, &session).await.unwrap();
    let length = answer.content_length().unwrap();
    assert!((32..34).contains(&(length / 1024 / 1024)), "{length}");
    let mut read = 0;
    while let Some(piece) = answer.chunk().await.unwrap() {
        read += u64::try_from(piece.len()).unwrap();
    }
    assert_eq!(read, length);
}

#[tokio::test]
async fn two_backups_at_once_are_seen_and_spoiled() {
    let mut config = SimConfig::new(Flavour::Stock);
    config.backup_takes = Duration::from_millis(100);
    let sim = Sim::start(config).await.unwrap();
    let session = admin(&sim).await;
    let (first, second) = tokio::join!(create_backup(&sim, &session), create_backup(&sim, &session));
    for answer in [first.unwrap(), second.unwrap()] {
        let members = members(&answer.bytes().await.unwrap()[..]);
        let unpacked = GzDecoder::new(&members["usr_local.tar.gz"][..]).read_to_end(&mut Vec::new());
        assert!(unpacked.is_err());
    }
    let seen = sim.observed();
    assert_eq!((seen.most_backups_at_once, seen.violations), (2, vec!["two backups at once".to_owned()]));
}

#[tokio::test]
async fn a_background_backup_is_watched_and_fetched() {
    for flavour in [Flavour::OpenCcu, Flavour::Stock] {
        let sim = Sim::start(SimConfig::new(flavour)).await.unwrap();
        let id = admin(&sim).await;
        let run = async |name: &str| {
            let params = serde_json::json!({"_session_id_": id, "script": format!("!# name: {name}")});
            let output = crate::browser::call(&sim, "ReGa.runScript", params).await.unwrap();
            serde_json::from_str::<serde_json::Value>(output.as_str().unwrap()).unwrap()
        };
        assert_eq!(run("create_backup_status.fn").await["status"], "idle");
        assert_eq!(run("create_backup_start.fn").await["success"], true);
        let done = loop {
            let status = run("create_backup_status.fn").await;
            if status["status"] != "running" {
                break status;
            }
        };
        if flavour == Flavour::Stock {
            assert_eq!(done["status"], "failed");
            continue;
        }
        let file = done["file"].as_str().unwrap();
        let url = format!("{}/api/backup/binfile.cgi?sid=@{id}@&file={file}", sim.web_url());
        let answer = client().get(url).send().await.unwrap();
        assert_eq!(answer.content_length(), None);
        assert_eq!(answer.bytes().await.unwrap().len() as u64, done["size"].as_u64().unwrap());
    }
}
