//! `create` and `restore` beside the shell way (`sqlite3 VACUUM INTO`, `tar czf`, `sha256sum`), and a writer's latency.
//!
//! Does NOT warm up: the first run of each is thrown away by the median.

use crate::process::{Cost, measure, median, peak_mib, shell};
use crate::{Outcome, binary, latency, state};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const SHELL_CREATE: &str = "
rm -rf peer && mkdir -p peer/state
sqlite3 data/openccu-loom.db \"VACUUM INTO 'peer/state/openccu-loom.db'\"
cp data/secret.key peer/state/
(cd peer && sha256sum state/* > SHA256SUMS)
tar czf peer.tar.gz -C peer state SHA256SUMS
sha256sum peer.tar.gz > peer.tar.gz.sha256
rm -rf peer";

const SHELL_RESTORE: &str = "
rm -rf peer-restored && mkdir peer-restored
tar xzf peer.tar.gz -C peer-restored
cd peer-restored && sha256sum --quiet -c SHA256SUMS";

pub(crate) fn run(size_mib: u64, runs: usize) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let binary = binary()?;
    let place = tempfile::tempdir_in("/var/tmp")?;
    let place = place.path();
    let data_dir = place.join("data");
    std::fs::write(place.join("config.yaml"), format!("data_dir: {}\n", data_dir.display()))?;
    println!("building a state database of {size_mib} MiB …");
    runtime.block_on(state::build(&data_dir, size_mib))?;

    let create = || {
        let mut command = Command::new(&binary);
        command
            .args(["backup", "create", "--config", "config.yaml", "--out", "ours.tar.gz"])
            .current_dir(place);
        command
    };
    let restore = || {
        let mut command = Command::new(&binary);
        command.args(["backup", "restore", "--data-dir", "restored", "ours.tar.gz"]).current_dir(place);
        command
    };
    let verify = || {
        let mut command = Command::new(&binary);
        command.args(["backup", "verify", "ours.tar.gz"]).current_dir(place);
        command
    };
    let mut created = (Vec::new(), Vec::new());
    let mut restored = (Vec::new(), Vec::new());
    let mut verified = Vec::new();
    for run in 1..=runs {
        println!("run {run} of {runs} …");
        remove(&place.join("ours.tar.gz"))?;
        created.0.push(measure(&mut create())?);
        created.1.push(measure(&mut shell(SHELL_CREATE, place))?);
        remove(&place.join("restored"))?;
        restored.0.push(measure(&mut restore())?);
        restored.1.push(measure(&mut shell(SHELL_RESTORE, place))?);
        verified.push(measure(&mut verify())?);
    }
    let bytes = |name: &str| -> Outcome<u64> { Ok(std::fs::metadata(place.join(name))?.len()) };
    print("create", &created.0, &created.1);
    print("restore", &restored.0, &restored.1);
    println!("verify   ours {:>7.2} s, peak {:.1} MiB", median(&verified).as_secs_f64(), peak_mib(&verified));
    let (ours, peer) = (bytes("ours.tar.gz")?, bytes("peer.tar.gz")?);
    println!("archive  ours {ours} bytes, shell {peer} bytes, {:+.1} %", percent(ours, peer));

    remove(&place.join("restored"))?;
    remove(&place.join("ours.tar.gz"))?;
    let alone = runtime.block_on(latency::alone(&data_dir, Duration::from_secs(10)))?;
    let beside = runtime.block_on(latency::beside(&data_dir, &mut create()))?;
    for (name, seen) in [("alone", alone), ("beside create", beside)] {
        println!(
            "writer   {name}: {} writes, {} failed, p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
            seen.writes,
            seen.failed,
            milliseconds(seen.p50),
            milliseconds(seen.p99),
            milliseconds(seen.max)
        );
    }
    Ok(())
}

fn print(verb: &str, ours: &[Cost], peer: &[Cost]) {
    let (our_median, peer_median) = (median(ours).as_secs_f64(), median(peer).as_secs_f64());
    println!(
        "{verb:<8} ours {our_median:>7.2} s, shell {peer_median:>7.2} s, ratio {:.2}, peak {:.1} MiB",
        our_median / peer_median,
        peak_mib(ours)
    );
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a percentage for people needs no more than 52 bits")]
fn percent(ours: u64, peer: u64) -> f64 {
    (ours as f64 / peer as f64 - 1.0) * 100.0
}

fn remove(path: &Path) -> Outcome<()> {
    match std::fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(facts) if facts.is_dir() => Ok(std::fs::remove_dir_all(path)?),
        Ok(_) => Ok(std::fs::remove_file(path)?),
    }
}
