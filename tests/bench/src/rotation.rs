//! What a rotation of the master key takes: `key rotate` on a state of that many sealed values beside one of a few.
//!
//! Does NOT compare with others: nobody else rotates these.

use crate::process::{Cost, measure, median, peak_mib};
use crate::state::{Numbers, write_key_file};
use crate::table::Table;
use crate::{Outcome, binary};
use jiff::Timestamp;
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::central::{Central, CentralName};
use loom_domain::config_batch::ConfigBatch;
use loom_domain::ports::{ConfigBatches, NoRandomness, Randomness};
use loom_domain::secret::{MasterKey, SecretPlace, SecretText, SecretValue, envelope};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

const FEW: u64 = 100;
const BATCH: u64 = 10_000;

pub(crate) fn run(values: u64, runs: usize) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let place = tempfile::tempdir_in("/var/tmp")?;
    let (many, few) = (place.path().join("many"), place.path().join("few"));
    println!("sealing {values} values …");
    for (data_dir, values) in [(&many, values), (&few, FEW)] {
        std::fs::create_dir_all(data_dir)?;
        write_key_file(data_dir)?;
        runtime.block_on(fill(data_dir, values))?;
    }
    let (mut of_many, mut of_few) = (Vec::new(), Vec::new());
    for run in 1..=runs {
        println!("run {run} of {runs} …");
        of_many.push(rotate(&many)?);
        of_few.push(rotate(&few)?);
    }
    let words =
        |costs: &[Cost]| format!("{:.2} s, peak {:.1} MiB", median(costs).as_secs_f64(), peak_mib(costs));
    let mut table = Table::new(["", &format!("{values} values"), &format!("{FEW} values")]);
    table.row("key rotate", words(&of_many), words(&of_few));
    table.print();
    Ok(())
}

fn rotate(data_dir: &Path) -> Outcome<Cost> {
    measure(Command::new(binary()?).args(["key", "rotate", "--data-dir"]).arg(data_dir))
}

/// Centrals with two secrets each, sealed with the key of the data dir.
async fn fill(data_dir: &Path, values: u64) -> Outcome<()> {
    let key = MasterKey::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap_or_default()));
    let store = SqliteStateStore::open(&data_dir.join("openccu-loom.db"))?;
    let numbers = EvenNumbers(Mutex::new(Numbers(0x9e37_79b9_7f4a_7c15)));
    let mut next = 0;
    while next < values / 2 {
        let end = (next + BATCH).min(values / 2);
        let centrals: Outcome<Vec<_>> = (next..end).map(|n| central(n, &key, &numbers)).collect();
        store.apply_config(&ConfigBatch { centrals: centrals?, ..ConfigBatch::default() }).await?;
        next = end;
    }
    Ok(())
}

fn central(n: u64, key: &MasterKey, numbers: &EvenNumbers) -> Outcome<Central> {
    let name = format!("ccu-{n:06}");
    let sealed = |column| {
        let secret = SecretText::new(format!("a password of usual length {n}"));
        envelope::seal(key, &SecretPlace::of_central(&name, column), &secret, numbers)
            .map(|sealed| Some(SecretValue::Sealed(sealed)))
    };
    Ok(Central {
        password: sealed("password_plain")?,
        api_token: sealed("api_token_plain")?,
        ..Central::new(CentralName::parse(&name)?, "192.0.2.1", Timestamp::UNIX_EPOCH)
    })
}

struct EvenNumbers(Mutex<Numbers>);

impl Randomness for EvenNumbers {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        let mut numbers = self.0.lock().map_err(|_| NoRandomness("a filler panicked".into()))?;
        for part in buffer.chunks_mut(8) {
            let bytes = numbers.next().to_le_bytes();
            part.copy_from_slice(&bytes[..part.len()]);
        }
        Ok(())
    }
}
