//! What sealing costs: `create` open, for a recipient, and for the master key, in turns; and how fast our ciphers are
//! beside those of openssl.
//!
//! Does NOT seal with a passphrase, whose second of work would be measured and nothing else.

mod rates;

use crate::process::{Cost, measure, median, peak_mib};
use crate::table::Table;
use crate::{Outcome, binary, state, tools};
use loom_adapter_archive::{new_identity, recipient_of};
use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) fn run(size_mib: u64, runs: usize) -> Outcome<()> {
    tools::check(&["openssl"], "openssl")?;
    let recipient = new_identity().as_ref().and_then(recipient_of).ok_or("no randomness for an identity")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let place = tempfile::tempdir_in("/var/tmp")?;
    let place = place.path();
    let data_dir = place.join("data");
    fs::write(place.join("config.yaml"), format!("data_dir: {}\n", data_dir.display()))?;
    println!("building a state database of {size_mib} MiB …");
    runtime.block_on(state::build(&data_dir, size_mib))?;

    let seals: [(&str, Vec<&str>); 5] = [
        ("tar.gz, open", vec![]),
        ("tar.gz, for a recipient", vec!["--recipient", recipient.as_str()]),
        ("tar.gz, for the master key", vec!["--seal", "master-key"]),
        ("tar.zst, open", vec!["--format", "tar.zst"]),
        ("tar.zst, for a recipient", vec!["--format", "tar.zst", "--recipient", recipient.as_str()]),
    ];
    let mut costs = seals.each_ref().map(|_| Vec::new());
    for run in 1..=runs {
        println!("run {run} of {runs} …");
        for ((_, flags), costs) in seals.iter().zip(&mut costs) {
            costs.push(create(place, flags)?);
        }
    }
    let mut table = Table::new(["", "ours", "beside it"]);
    let mut open = None;
    for ((name, flags), costs) in seals.iter().zip(&costs) {
        let taken = median(costs).as_secs_f64();
        let sealed = flags.iter().any(|flag| ["--recipient", "--seal"].contains(flag));
        let base = *open.insert(if sealed { open.unwrap_or(taken) } else { taken });
        let beside = if sealed { format!("{:+.1} %", (taken / base - 1.0) * 100.0) } else { String::new() };
        table.row(name, format!("{taken:.2} s, peak {:.1} MiB", peak_mib(costs)), beside);
    }
    rates::measure(&mut table, place)?;
    table.print();
    Ok(())
}

fn create(place: &Path, flags: &[&str]) -> Outcome<Cost> {
    let mut command = Command::new(binary()?);
    command.args(["backup", "create", "--config", "config.yaml", "--out", "sealed"]).args(flags);
    let cost = measure(command.current_dir(place))?;
    fs::remove_file(place.join("sealed"))?;
    Ok(cost)
}
