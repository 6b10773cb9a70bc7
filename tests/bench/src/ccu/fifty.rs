//! Fifty centrals at once: one hangs, one refuses, one lies, and the others are to be done as if these were not there.
//!
//! Does NOT wait for the three.

use super::bed::{BETWEEN_LOOKS, Bed};
use crate::Outcome;
use crate::table::Table;
use loom_sim_ccu::{Fault, Flavour, Sim, SimConfig};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const CENTRALS: usize = 50;
const SICK: usize = 3;
const MIB: u64 = 8;
const WITHIN: Duration = Duration::from_secs(120);

pub(super) async fn measure(table: &mut Table) -> Outcome<()> {
    println!("starting {CENTRALS} centrals …");
    let bed = Bed::start()?;
    let mut sims = Vec::new();
    for n in 0..CENTRALS {
        let config = SimConfig::new(Flavour::OpenCcu).devices_everywhere(2).backup_size_mib(MIB);
        let sim = Sim::start(config.hostname(&format!("central-{n:02}"))).await?;
        bed.add(&name(n), &sim).await?;
        sims.push(sim);
    }
    for n in 0..CENTRALS {
        bed.settled(&name(n)).await?;
    }
    // Each has built its archive after this one.
    backed_up(&bed, SICK).await?;
    let alone = backed_up(&bed, SICK).await?;
    if let [hangs, refuses, lies, ..] = &sims[..] {
        hangs.inject(Fault::HangBeforeFirstByte);
        refuses.inject(Fault::LoginPage);
        lies.inject(Fault::CutInner);
    }
    let beside = backed_up(&bed, 0).await?;
    let healthy = CENTRALS - SICK;
    let row = |took: &Took| format!("{:.2} s, slowest backup {:.2} s", took.all, took.slowest);
    let what =
        format!("{healthy} backups of {MIB} MiB beside one that hangs, one that refuses, one that lies");
    table.row(&what, row(&beside), format!("{healthy} alone: {}", row(&alone)));
    for n in 0..SICK {
        let list = bed.get("/backups").await?;
        let mut entries = list.as_array().into_iter().flatten();
        let entry = entries.find(|entry| entry["central"] == name(n)).ok_or("a backup is not listed")?;
        let reason = entry["reason"].as_str().unwrap_or_default();
        table.row(
            &format!("… and {}", ["the one that hangs", "the one that refuses", "the one that lies"][n]),
            entry["state"].as_str().unwrap_or_default(),
            reason,
        );
    }
    Ok(())
}

/// Seconds.
struct Took {
    all: f64,
    slowest: f64,
}

/// Backs up all centrals from the `first` on, and waits for the healthy ones.
async fn backed_up(bed: &Bed, first: usize) -> Outcome<Took> {
    let began = Instant::now();
    let mut waiting = BTreeMap::new();
    for n in first..CENTRALS {
        let id = bed.begin(&name(n)).await?;
        if n >= SICK {
            waiting.insert(id, Instant::now());
        }
    }
    let mut slowest = Duration::ZERO;
    while !waiting.is_empty() {
        let list = bed.get("/backups").await?;
        for entry in list.as_array().into_iter().flatten() {
            let id = entry["id"].as_str().unwrap_or_default();
            if entry["state"] == "failed" && waiting.contains_key(id) {
                return Err(format!("a healthy central failed: {entry}").into());
            }
            if entry["state"] == "completed"
                && let Some(asked) = waiting.remove(id)
            {
                slowest = slowest.max(asked.elapsed());
            }
        }
        if began.elapsed() > WITHIN {
            return Err(format!("{} healthy centrals are not done", waiting.len()).into());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok(Took { all: began.elapsed().as_secs_f64(), slowest: slowest.as_secs_f64() })
}

fn name(n: usize) -> String {
    format!("central-{n:02}")
}
