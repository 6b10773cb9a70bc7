//! A backup of 1 GiB: asked of the daemon until it is verified and kept, beside `curl`, `sha256sum`, `tar` and `gzip -t`,
//! one after another, in turns.
//!
//! Does NOT wait for the central: it has built its archive before anything is measured.

use super::ROUNDS;
use super::bed::{BETWEEN_LOOKS, Bed};
use crate::Outcome;
use crate::figures::median;
use crate::process::{measure as measured, shell};
use crate::table::Table;
use loom_sim_ccu::{Flavour, Sim, SimConfig};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const MIB: u64 = 1024;
const CENTRAL: &str = "large";
/// What is left over from reading the devices has gone by then.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

const SHELL: &str = "
rm -rf shell && mkdir -p shell/members
curl --silent --fail --output shell/large.sbk \"$URL\"
sha256sum shell/large.sbk > shell/large.sbk.sha256
tar xf shell/large.sbk -C shell/members
gzip -t shell/members/usr_local.tar.gz";

pub(super) async fn measure(table: &mut Table) -> Outcome<()> {
    println!("building a backup of {MIB} MiB …");
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu).backup_size_mib(MIB)).await?;
    let page = page(&sim).await?;
    let bed = Bed::start()?;
    // The central builds it now.
    let mut by_shell = shell(SHELL, bed.folder());
    by_shell.env("URL", &page);
    run(&mut by_shell)?;
    bed.add(CENTRAL, &sim).await?;
    bed.settled(CENTRAL).await?;
    tokio::time::sleep(SETTLED_AFTER).await;
    bed.daemon.forget_peak()?;
    let idle = bed.daemon.memory()?;

    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        println!("downloading {MIB} MiB, round {round} of {ROUNDS} …");
        ours.push(take(&bed).await?);
        peer.push(run(&mut by_shell)?);
    }
    let (ours, peer) = (median(ours), median(peer));
    let what = format!("{MIB} MiB downloaded, verified, kept; to reach: 1.2");
    table.row(&what, format!("{ours:.2} s, {:.2} of it", ours / peer), format!("the shell way {peer:.2} s"));
    let peak = bed.daemon.memory()?.peak_mib();
    let more = format!("{:.1} MiB more", peak - idle.resident_mib());
    table.row(
        "memory meanwhile; to reach: 64 MiB more",
        more,
        format!("idle {:.1} MiB", idle.resident_mib()),
    );
    Ok(())
}

/// Takes a backup, and removes it when it is complete: the seconds it took until then.
async fn take(bed: &Bed) -> Outcome<f64> {
    let began = Instant::now();
    let id = bed.begin(CENTRAL).await?;
    let path = format!("/backups/{id}");
    loop {
        let entry = bed.get(&path).await?;
        match entry["state"].as_str() {
            Some("completed") => break,
            Some("failed") => return Err(format!("the backup failed: {entry}").into()),
            _ => tokio::time::sleep(BETWEEN_LOOKS).await,
        }
    }
    let took = began.elapsed().as_secs_f64();
    bed.ask(Method::DELETE, &path, None).await?;
    Ok(took)
}

fn run(by_shell: &mut std::process::Command) -> Outcome<f64> {
    Ok(measured(by_shell)?.wall.as_secs_f64())
}

/// Where somebody who is logged in gets a backup.
async fn page(sim: &Sim) -> Outcome<String> {
    let login = json!({ "method": "Session.login", "params": { "username": "Admin", "password": "secret" } });
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{}/api/homematic.cgi", sim.web_url());
    let answer = client.post(url).body(login.to_string()).send().await?.bytes().await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let id = answer["result"].as_str().ok_or("the simulated central does not let us in")?;
    Ok(format!("{}/config/cp_security.cgi?sid=@{id}@&action=create_backup", sim.web_url()))
}
