//! The daemon's HTTP API under load, with nginx on a static file of the same size for scale, in alternating rounds.
//!
//! Does NOT judge. Clients run on the same machine, so they take their share of it.

mod downloads;
mod load;
mod nginx;
mod place;
mod start;
mod subscribers;

use crate::daemon::Daemon;
use crate::figures::{median, milliseconds, percentile};
use crate::table::Table;
use crate::{Outcome, tools};
use load::Load;
use nginx::Nginx;
use place::{ARCHIVE, Place, TOKEN};
use std::time::Duration;

const ROUNDS: usize = 3;
const STARTS: usize = 10;
const SETTLED_AFTER: Duration = Duration::from_secs(2);
/// What systemd starts a service with.
const OPEN_FILES_OF_A_SERVICE: u64 = 1024;
/// Enough for this side of 1,000 sockets.
const OPEN_FILES_OF_SUBSCRIBERS: u64 = 4096;
const LISTS: [&str; 2] = ["backups", "centrals"];

pub(crate) fn run() -> Outcome<()> {
    tools::check(&["nginx", "wrk", "curl"], "nginx-light wrk curl")?;
    tools::limit_open_files(OPEN_FILES_OF_A_SERVICE)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    println!("filling a data dir, packing an archive of 1 GiB …");
    let place = Place::prepare(&runtime)?;

    let mut table = Table::new(["", "daemon", "nginx"]);
    let started = start::measure(STARTS)?;
    table.row("exec to ready, no data dir yet", spread(&started.ready), "");
    table.row("exec to the first answer", spread(&started.answered), "");

    let daemon = Daemon::start(place.folder())?;
    let nginx = Nginx::start(place.folder(), &place.statics())?;
    // As after the first look of whoever watches over it.
    runtime.block_on(fetch(&daemon.url("/info")))?;
    // What is left over from the start has gone by then.
    std::thread::sleep(SETTLED_AFTER);
    table.row("memory, idle after the start", daemon.memory()?, "");

    for list in LISTS {
        let body = runtime.block_on(fetch(&daemon.url(&format!("/{list}"))))?;
        std::fs::write(place.statics().join(list), body)?;
    }
    for threads in [1, 2] {
        under_load(&mut table, &daemon, &nginx, &place, threads)?;
    }
    table.row("memory, idle after the load", daemon.memory()?, "");
    download(&mut table, &daemon, &nginx)?;
    daemon.forget_peak()?;
    tools::limit_open_files(OPEN_FILES_OF_SUBSCRIBERS)?;
    let heard = runtime.block_on(subscribers::measure(&daemon))?;
    table.row("1,000 subscribers, 50 broadcasts", heard, "");
    table.row("memory, since they came", daemon.memory()?, "");
    table.print();
    Ok(())
}

fn under_load(table: &mut Table, daemon: &Daemon, nginx: &Nginx, place: &Place, threads: u32) -> Outcome<()> {
    let mut seen: [(Vec<Load>, Vec<Load>); LISTS.len()] = Default::default();
    for _ in 0..ROUNDS {
        for (list, (ours, peer)) in LISTS.iter().zip(&mut seen) {
            ours.push(load::measure(place.folder(), threads, &daemon.url(&format!("/{list}")))?);
            peer.push(load::measure(place.folder(), threads, &nginx.url(list))?);
        }
    }
    for (list, (ours, peer)) in LISTS.iter().zip(seen) {
        let bytes = std::fs::metadata(place.statics().join(list))?.len();
        let what = format!("`GET /{list}`, {bytes} bytes, `wrk -t{threads} -c64`");
        table.row(&what, Load::median(&ours), Load::median(&peer));
    }
    Ok(())
}

fn download(table: &mut Table, daemon: &Daemon, nginx: &Nginx) -> Outcome<()> {
    let (ours, peer) = (daemon.url(&format!("/state-backups/{ARCHIVE}/download")), nginx.url(ARCHIVE));
    for at_once in [1, 8] {
        let (mut our_paces, mut peer_paces) = (Vec::new(), Vec::new());
        daemon.forget_peak()?;
        for _ in 0..ROUNDS {
            our_paces.push(downloads::mib_per_second(&ours, at_once)?);
            peer_paces.push(downloads::mib_per_second(&peer, at_once)?);
        }
        let (our_pace, peer_pace) = (median(our_paces), median(peer_paces));
        let ours = format!("{our_pace:.0} MiB/s, {:.2} of nginx", our_pace / peer_pace);
        table.row(&format!("1 GiB, {at_once} at once"), ours, format!("{peer_pace:.0} MiB/s"));
        table.row("memory, since then", daemon.memory()?, "");
    }
    daemon.forget_peak()?;
    downloads::slowly(&ours)?;
    table.row("memory, beside a slow reader", daemon.memory()?, "");
    Ok(())
}

async fn fetch(url: &str) -> Outcome<Vec<u8>> {
    let answer = reqwest::Client::new().get(url).bearer_auth(TOKEN).send().await?.error_for_status()?;
    Ok(answer.bytes().await?.to_vec())
}

fn spread(times: &[Duration]) -> String {
    let at = |percent| milliseconds(percentile(times, percent));
    format!("median {:.0} ms, slowest of {} {:.0} ms", at(50), times.len(), at(100))
}
