//! `create --format tar.zst` beside the shell way (`sqlite3 VACUUM INTO`, `tar | zstd -3 -T2`), with tar.gz and zip for
//! scale; on two databases of a size: as our state store keeps paramsets, which hardly packs, and with paramsets as text.
//!
//! Does NOT warm up: the first run of each is thrown away by the median.

use crate::process::{Cost, measure, median, peak_mib, shell};
use crate::table::Table;
use crate::{Outcome, binary, state, tools};
use std::fs;
use std::path::Path;
use std::process::Command;

const SHELL_CREATE: &str = "
rm -rf peer peer.tar.zst && mkdir -p peer/state
sqlite3 data/openccu-loom.db \"VACUUM INTO 'peer/state/openccu-loom.db'\"
cp data/secret.key peer/state/
tar c -C peer state | zstd -q -3 -T2 -o peer.tar.zst
rm -rf peer";

pub(crate) fn run(size_mib: u64, runs: usize) -> Outcome<()> {
    tools::check(&["sqlite3", "tar", "zstd"], "sqlite3 tar zstd")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let place = tempfile::tempdir_in("/var/tmp")?;
    let place = place.path();
    let data_dir = place.join("data");
    fs::write(place.join("config.yaml"), format!("data_dir: {}\n", data_dir.display()))?;
    let mut table = Table::new(["", "ours", "the shell way"]);
    for kind in ["as the store keeps it", "as text"] {
        println!("building a state database of {size_mib} MiB, {kind} …");
        if kind == "as text" {
            fs::remove_dir_all(&data_dir)?;
            runtime.block_on(state::build(&data_dir, 0))?;
            state::add_text(&data_dir, size_mib)?;
        } else {
            runtime.block_on(state::build(&data_dir, size_mib))?;
        }
        compare(kind, place, runs, &mut table)?;
    }
    table.print();
    Ok(())
}

fn compare(kind: &str, place: &Path, runs: usize, table: &mut Table) -> Outcome<()> {
    let (mut ours, mut peer, mut gz, mut zip) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for run in 1..=runs {
        println!("run {run} of {runs} …");
        ours.push(measure(&mut create("tar.zst", place)?)?);
        peer.push(measure(&mut shell(SHELL_CREATE, place))?);
        gz.push(measure(&mut create("tar.gz", place)?)?);
        zip.push(measure(&mut create("zip", place)?)?);
    }
    let bytes = |name: &str| -> Outcome<u64> { Ok(fs::metadata(place.join(name))?.len()) };
    let (our_bytes, peer_bytes) = (bytes("ours.tar.zst")?, bytes("peer.tar.zst")?);
    let ratio = median(&ours).as_secs_f64() / median(&peer).as_secs_f64();
    table.row(&format!("`create --format tar.zst`, {kind}"), seconds(&ours), seconds(&peer));
    table.row("ratio (to reach: 1.3)", format!("{ratio:.2}"), "1");
    table.row("bytes (to reach: no more)", our_bytes, peer_bytes);
    table.row("peak memory", format!("{:.1} MiB", peak_mib(&ours)), "");
    for (format, costs) in [("tar.gz", gz), ("zip", zip)] {
        let size = bytes(&format!("ours.{format}"))?;
        let figures = format!("{}, {size} bytes, peak {:.1} MiB", seconds(&costs), peak_mib(&costs));
        table.row(&format!("`create --format {format}`"), figures, "");
    }
    Ok(())
}

/// A command that packs the data dir into `ours.<format>`.
fn create(format: &str, place: &Path) -> Outcome<Command> {
    let out = format!("ours.{format}");
    if place.join(&out).exists() {
        fs::remove_file(place.join(&out))?;
    }
    let mut command = Command::new(binary()?);
    command.args(["backup", "create", "--config", "config.yaml", "--format", format, "--out", &out]);
    command.current_dir(place);
    Ok(command)
}

fn seconds(costs: &[Cost]) -> String {
    format!("{:.2} s", median(costs).as_secs_f64())
}
