//! The cache of every device of pydevccu: our refresh into SQLite, beside bare loops over the same calls in Python and in
//! Rust, in turns.
//!
//! pydevccu has no web pages; a simulated central of our own says who it is.

use super::ROUNDS;
use crate::figures::median;
use crate::table::Table;
use crate::{Outcome, tools};
use jiff::Timestamp;
use loom_adapter_homematic::HomematicGateway;
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::ccu::{CcuAccess, CcuPatience, CcuTls};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuDevices as _, Clock, Silent};
use loom_domain::secret::SecretText;
use loom_domain::usecases::{RefreshDevices, RefreshMemory, RefreshMode};
use loom_foreign_ccu::{OldCentral, Truth};
use loom_sim_ccu::{Flavour, Sim, SimConfig};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const INTERFACE: &str = "BidCos-RF";

pub(super) async fn measure(table: &mut Table) -> Outcome<()> {
    let mut foreign = OldCentral::start()?;
    let pages = Sim::start(SimConfig::new(Flavour::OpenCcu)).await?;
    let truth = foreign.truth()?;
    let folder = tempfile::tempdir_in("/var/tmp")?;
    let path = |round: usize| folder.path().join(format!("{round}.db"));
    let [mut ours, mut python, mut rust, mut gateway] = [const { Vec::new() }; 4];
    for round in 0..ROUNDS {
        println!("reading every device, round {} of {ROUNDS} …", round + 1);
        foreign.calls()?;
        ours.push(refresh(&path(round), &pages, &foreign).await?);
        let calls = foreign.calls()?.len();
        python.push(python_loop(&foreign)?);
        rust.push(rust_loop(&truth, &foreign).await?);
        let bare = foreign.calls()?.len();
        if bare != 2 * calls {
            return Err(format!("ours made {calls} calls, the bare loops {bare} together").into());
        }
        gateway.push(gateway_loop(&truth, &pages, &foreign).await?);
    }
    let [ours, python, rust, gateway] = [ours, python, rust, gateway].map(median);
    let calls = truth.paramsets.len() + 1;
    let what = format!("cache of {} addresses, {calls} calls; to reach: 1.3", truth.devices.len());
    let of = |bare| format!("{ours:.2} s, {:.2} of it", ours / bare);
    table.row(&what, of(python), format!("Python's xmlrpc.client {python:.2} s"));
    table.row("the same", of(rust), format!("reqwest, no answer read {rust:.2} s"));
    table.row("of that, reading answers without keeping them", format!("{gateway:.2} s"), "");

    let bytes = std::fs::metadata(path(0))?.len();
    let stands_for = compact_bytes(&truth);
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    let share = bytes as f64 / stands_for as f64;
    table.row(
        "its database; to reach: 0.2",
        format!("{bytes} bytes, {share:.3}"),
        format!("{stands_for} bytes of JSON"),
    );

    foreign.calls()?;
    let again = refresh(&path(0), &pages, &foreign).await?;
    let calls: Vec<String> = foreign.calls()?.into_iter().map(|call| call.join(" ")).collect();
    table.row(
        "a second start; to reach: `listDevices`",
        format!("{again:.2} s, `{}`", calls.join("`, `")),
        "",
    );
    Ok(())
}

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The way to the two of them as if they were one.
fn access(pages: &Sim, foreign: &OldCentral) -> Outcome<CcuAccess> {
    Ok(CcuAccess {
        central: CentralName::parse("bench")?,
        host: "127.0.0.1".to_owned(),
        web_port: Some(pages.web_addr().port()),
        json_port: None,
        username: Some("Admin".to_owned()),
        password: Some(SecretText::new("secret")),
        tls: CcuTls::Off,
        interfaces: vec![INTERFACE.to_owned()],
        ports: BTreeMap::from([(INTERFACE.to_owned(), foreign.port())]),
        patience: CcuPatience::default(),
    })
}

/// Refreshes as a daemon does that has just started: the seconds it took, from opening the database to closing it.
async fn refresh(path: &Path, pages: &Sim, foreign: &OldCentral) -> Outcome<f64> {
    let access = access(pages, foreign)?;
    let central = access.central.clone();
    let began = Instant::now();
    let store = Arc::new(SqliteStateStore::open(path)?);
    let refresh = RefreshDevices {
        gateway: Arc::new(HomematicGateway::new(access)),
        interfaces: store.clone(),
        devices: store.clone(),
        paramsets: store,
        clock: Arc::new(Now),
        progress: Arc::new(Silent),
    };
    let report = refresh.run(&central, &mut RefreshMemory::default(), RefreshMode::Incremental).await?;
    drop(refresh);
    let took = began.elapsed().as_secs_f64();
    match report.interfaces.first().and_then(|interface| interface.error.as_ref()) {
        Some(error) => Err(format!("not everything was read: {error}").into()),
        None => Ok(took),
    }
}

/// The calls through our gateway; what it makes of the answers is thrown away.
async fn gateway_loop(truth: &Truth, pages: &Sim, foreign: &OldCentral) -> Outcome<f64> {
    let gateway = HomematicGateway::new(access(pages, foreign)?);
    let began = Instant::now();
    gateway.list_ccu_devices(INTERFACE).await?;
    for (address, key, _) in &truth.paramsets {
        gateway.describe_paramset(INTERFACE, address, key).await?;
    }
    Ok(began.elapsed().as_secs_f64())
}

fn python_loop(foreign: &OldCentral) -> Outcome<f64> {
    let mut python = tools::program("python3");
    let told = python.args(["-c", include_str!("bare_loop.py"), &foreign.port().to_string()]).output()?;
    if told.status.success() {
        return Ok(String::from_utf8_lossy(&told.stdout).trim().parse()?);
    }
    Err(String::from_utf8_lossy(&told.stderr).into())
}

/// Posts the calls and takes the bytes of the answers; nobody reads them.
async fn rust_loop(truth: &Truth, foreign: &OldCentral) -> Outcome<f64> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://127.0.0.1:{}/", foreign.port());
    let mut calls = vec![call("listDevices", &[])];
    calls.extend(
        truth.paramsets.iter().map(|(address, key, _)| call("getParamsetDescription", &[address, key])),
    );
    let began = Instant::now();
    for call in calls {
        let answer = client.post(&url).header("Content-Type", "text/xml").body(call).send().await?;
        answer.error_for_status()?.bytes().await?;
    }
    Ok(began.elapsed().as_secs_f64())
}

fn call(method: &str, texts: &[&str]) -> String {
    let params: String =
        texts.iter().map(|text| format!("<param><value><string>{text}</string></value></param>")).collect();
    format!(
        "<?xml version=\"1.0\"?><methodCall><methodName>{method}</methodName><params>{params}</params></methodCall>"
    )
}

/// All that is cached, as JSON without a space.
fn compact_bytes(truth: &Truth) -> u64 {
    let paramsets: BTreeMap<_, _> =
        truth.paramsets.iter().map(|(address, key, described)| ((address, key), described)).collect();
    truth.devices.iter().chain(paramsets.into_values()).map(|value| value.to_string().len() as u64).sum()
}
