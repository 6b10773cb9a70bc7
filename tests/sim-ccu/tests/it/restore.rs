//! The conversation of a restore, for both flavours, and its bad ends.

use crate::browser::{admin, call, client, create_backup, login, page};
use loom_sim_ccu::{Fault, Flavour, Interface, Sim, SimConfig};
use serde_json::json;

/// Where OpenCCU keeps uploads.
const FOLDER: &str = "/usr/local/tmp";
const FLAVOURS: [Flavour; 2] = [Flavour::Stock, Flavour::OpenCcu];

async fn backup(sim: &Sim) -> Vec<u8> {
    let session = admin(sim).await;
    create_backup(sim, &session).await.unwrap().bytes().await.unwrap().to_vec()
}

/// One part with these header lines, the way `fileupload.ccc` wants it.
fn one_part(headers: &str, file: &[u8]) -> Vec<u8> {
    [format!("--B\r\n{headers}\r\n\r\n").as_bytes(), file, b"\r\n--B--\r\n"].concat()
}

const HEADERS: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"a.sbk\"\r\n\
    Content-Type: application/octet-stream";

/// Uploads as OpenCCU wants it; the answer.
async fn upload_part(sim: &Sim, sid: &str, body: Vec<u8>) -> String {
    let url = format!(
        "{}/config/fileupload.ccc?sid={sid}&action=backup_upload&url=/config/cp_security.cgi",
        sim.web_url()
    );
    let request = client().post(url).header("Content-Type", "multipart/form-data; boundary=B");
    request.body(body).send().await.unwrap().text().await.unwrap()
}

async fn upload(sim: &Sim, session: &str, file: &[u8]) {
    if client().get(format!("{}/config/fileupload.ccc", sim.web_url())).send().await.unwrap().status() == 404
    {
        let form = "--B\r\nContent-Disposition: form-data; name=\"action\"\r\n\r\nbackup_upload\r\n--B\r\n\
            Content-Disposition: form-data; name=\"backup_file\"; filename=\"a.sbk\"\r\n\
            Content-Type: application/octet-stream\r\n\r\n";
        let body = [form.as_bytes(), file, b"\r\n--B--\r\n"].concat();
        let url = format!("{}/config/cp_security.cgi?sid=@{session}@", sim.web_url());
        let request = client().post(url).header("Content-Type", "multipart/form-data; boundary=B");
        let answer = request.body(body).send().await.unwrap().text().await.unwrap();
        assert!(answer.contains("action=backup_restore_check"), "{answer}");
        return;
    }
    let answer = upload_part(sim, &format!("@{session}@"), one_part(HEADERS, file)).await;
    let (_, after) = answer.split_once("action=backup_upload&filename=").unwrap();
    let name = after.split('"').next().unwrap();
    assert!(name.starts_with(&format!("{FOLDER}/tmp.")), "{name}");
    page(sim, session, &format!("action=backup_upload&filename={name}")).await.unwrap();
}

/// Upload, check and go with that key; the last answer.
async fn apply(sim: &Sim, file: &[u8], key: &str) -> String {
    let session = admin(sim).await;
    upload(sim, &session, file).await;
    let checked = page(sim, &session, "action=backup_restore_check").await.unwrap();
    assert!(checked.contains("SysBackupPerformTitle") && checked.contains("id=\"text_key\""), "{checked}");
    assert_eq!(checked.contains("value=dummy"), key == "dummy", "{checked}");
    page(sim, &session, &format!("action=backup_restore_go&key={key}")).await.unwrap()
}

#[tokio::test]
async fn a_restore_brings_back_what_the_backup_held() {
    for flavour in FLAVOURS {
        let sim = Sim::start(SimConfig::new(flavour)).await.unwrap();
        let file = backup(&sim).await;
        sim.keep_devices(Interface::HmIpRf, 2);
        assert!(sim.set_password("Admin", "changed") && sim.set_password("Admin", "secret"));
        let session = admin(&sim).await;
        let answer = apply(&sim, &file, "dummy").await;
        assert!(answer.contains("SysBackupRestartSystemTitle"), "{answer}");
        assert!(!sim.hmip_runs() && sim.device_count(Interface::HmIpRf) == 2);
        sim.set_password("Admin", "newer than the backup");
        page(&sim, &session, "action=reboot").await.unwrap();
        // Down first, then up again; the port stays the same.
        while client().get(sim.web_url()).send().await.is_ok() {}
        while call_is_absent(&sim).await {}
        assert!(login(&sim, "Admin", "secret").await.is_ok());
        assert_eq!(sim.device_count(Interface::HmIpRf), 10);
        let seen = sim.observed();
        assert_eq!((seen.restores_applied, seen.boots, sim.hmip_runs()), (1, 1, true));
        assert_eq!(seen.violations, Vec::<String>::new());
    }
}

async fn call_is_absent(sim: &Sim) -> bool {
    let url = format!("{}/api/homematic.cgi", sim.web_url());
    let body = json!({"method": "ReGa.isPresent", "params": {}}).to_string();
    let Ok(answer) = client().post(url).body(body).send().await else { return true };
    !answer.text().await.unwrap_or_default().contains("true")
}

#[tokio::test]
async fn the_upload_script_counts_bytes_and_wants_its_shape() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let file = backup(&sim).await;
    let session = admin(&sim).await;
    let check = async || page(&sim, &session, "action=backup_restore_check").await.unwrap();
    let stored = format!("action=backup_upload&filename={FOLDER}/tmp.Xa81Qz");
    for (headers, fits) in [
        (HEADERS, true),
        ("Content-Disposition: form-data; name=\"file\"; filename=\"a.sbk\"", false),
        (&format!("{HEADERS}\r\nContent-Length: 5"), false),
    ] {
        upload_part(&sim, &format!("@{session}@"), one_part(headers, &file)).await;
        page(&sim, &session, &stored).await.unwrap();
        let title = if fits { "SysBackupPerformTitle" } else { "SysBackupInvalidFileTitle" };
        assert!(check().await.contains(title), "{headers}");
    }
    assert!(check().await.contains("SysBackupInvalidFileTitle"), "an upload is used up");
    let escaped = upload_part(&sim, &format!("%40{session}%40"), one_part(HEADERS, &file)).await;
    assert!(escaped.starts_with("ERROR: invalid session id"), "{escaped}");
    assert_eq!(sim.observed().violations, ["`/config/fileupload.ccc` has an escaped session id"]);
    let get = client().get(format!("{}/config/fileupload.ccc", sim.web_url())).send().await.unwrap();
    assert_eq!(get.text().await.unwrap(), "ERROR: no POST request\n");
}

#[tokio::test]
async fn keys_follow_the_matrix() {
    let plain = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let keyed = Sim::start(SimConfig::new(Flavour::OpenCcu).security_key("schluessel1")).await.unwrap();
    let (without, with) = (backup(&plain).await, backup(&keyed).await);
    let restart = "SysBackupRestartSystemTitle";
    assert!(apply(&plain, &without, "dummy").await.contains(restart));
    assert!(apply(&keyed, &without, "wrong").await.contains("SecurityError1Content"));
    assert!(apply(&keyed, &without, "schluessel1").await.contains(restart));
    assert!(apply(&plain, &with, "wrong").await.contains("SecurityError2Content"));
    assert!(apply(&plain, &with, "schluessel1").await.contains(restart));
    plain.reboot().await;
    let session = admin(&plain).await;
    let params = json!({"_session_id_": session, "key": "schluessel1"});
    assert_eq!(call(&plain, "BidCoS_RF.validateKey", params).await, Ok(json!(true)));
    assert!(apply(&plain, &with, "schluessel1").await.contains(restart));
}

#[tokio::test]
async fn a_damaged_archive_looks_like_one_with_a_key() {
    let sim = Sim::start(SimConfig::new(Flavour::Stock)).await.unwrap();
    let mut file = backup(&sim).await;
    file[1000] ^= 1;
    assert!(apply(&sim, &file, "whatever").await.contains("SecurityError2Content"));
}

#[tokio::test]
async fn a_newer_backup_is_refused() {
    let mut config = SimConfig::new(Flavour::Stock);
    config.firmware = "3.88.0".into();
    let file = backup(&Sim::start(config).await.unwrap()).await;
    let sim = Sim::start(SimConfig::new(Flavour::Stock)).await.unwrap();
    assert!(apply(&sim, &file, "dummy").await.contains("SysBackupFWUpdateNecessaryTitle"));
    assert!(sim.hmip_runs());
}

#[tokio::test]
async fn a_failure_leaves_hmip_stopped_until_it_is_restarted() {
    for flavour in FLAVOURS {
        let sim = Sim::start(SimConfig::new(flavour)).await.unwrap();
        let file = backup(&sim).await;
        sim.keep_devices(Interface::BidCosRf, 1);
        sim.inject_once(Fault::RestoreHmIp(16));
        let answer = apply(&sim, &file, "dummy").await;
        assert!(answer.contains("SysBackupErrorTitle") && answer.contains("backupCoProcessor_not_availabel"));
        assert!(!sim.hmip_runs());
        let session = admin(&sim).await;
        let params = json!({"_session_id_": session});
        assert_eq!(call(&sim, "User.restartHmIPServer", params).await, Ok(json!(true)));
        assert!(sim.hmip_runs());
        sim.reboot().await;
        let expected = if flavour == Flavour::OpenCcu { 10 } else { 1 };
        assert_eq!(sim.device_count(Interface::BidCosRf), expected, "{flavour:?}");
    }
}

#[tokio::test]
async fn restores_end_badly_when_told() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let file = backup(&sim).await;
    sim.inject_once(Fault::RestoreUnknownPage);
    assert!(!apply(&sim, &file, "dummy").await.contains("SysBackup"));
    sim.inject_once(Fault::CrashDuringGo);
    let session = admin(&sim).await;
    upload(&sim, &session, &file).await;
    page(&sim, &session, "action=backup_restore_check").await.unwrap();
    assert!(page(&sim, &session, "action=backup_restore_go&key=dummy").await.is_err());
    assert!(!sim.hmip_runs());
    sim.keep_devices(Interface::HmIpRf, 1);
    sim.inject_once(Fault::RestoreNothingChanged);
    assert!(apply(&sim, &file, "dummy").await.contains("SysBackupRestartSystemTitle"));
    sim.reboot().await;
    assert_eq!((sim.device_count(Interface::HmIpRf), sim.observed().restores_applied), (1, 0));
}

#[tokio::test]
async fn a_central_that_never_comes_back_refuses_connections_until_healed() {
    let sim = Sim::start(SimConfig::new(Flavour::Stock)).await.unwrap();
    let session = admin(&sim).await;
    sim.inject(Fault::NeverComesBack);
    page(&sim, &session, "action=reboot").await.unwrap();
    while client().get(sim.web_url()).send().await.is_ok() {}
    assert!(client().get(sim.web_url()).send().await.unwrap_err().is_connect());
    sim.heal();
    sim.ready().await;
    assert!(login(&sim, "Admin", "secret").await.is_ok());
}

#[tokio::test]
async fn a_page_during_a_restore_is_written_down() {
    let sim = Sim::start(SimConfig::new(Flavour::Stock)).await.unwrap();
    let file = backup(&sim).await;
    let session = admin(&sim).await;
    sim.inject(Fault::HangDuringGo);
    let asking = async {
        while sim.hmip_runs() {
            tokio::task::yield_now().await;
        }
        create_backup(&sim, &session).await.unwrap();
        assert!(!sim.restore_waits());
        sim.heal();
    };
    tokio::join!(apply(&sim, &file, "dummy"), asking);
    assert!(sim.restore_waits());
    assert_eq!(sim.observed().violations, ["`create_backup` came while a restore was checked or applied"]);
}

#[tokio::test]
async fn refusals_come_as_told_and_stop_nothing() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let file = backup(&sim).await;
    for (fault, marker) in [
        (Fault::RestoreKeyError1, "SysBackupSecurityError1Content"),
        (Fault::RestoreKeyError2, "SysBackupSecurityError2Content"),
        (Fault::RestoreNeedsFirmware, "SysBackupFWUpdateNecessaryTitle"),
    ] {
        sim.inject_once(fault);
        let answer = apply(&sim, &file, "dummy").await;
        assert!(answer.contains(marker) && sim.hmip_runs(), "{answer}");
    }
    let session = admin(&sim).await;
    upload(&sim, &session, &file).await;
    sim.inject_once(Fault::RestoreInvalidFile);
    let checked = page(&sim, &session, "action=backup_restore_check").await.unwrap();
    assert!(checked.contains("SysBackupInvalidFileTitle"), "{checked}");
}
