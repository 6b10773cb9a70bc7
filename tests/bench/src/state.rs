//! A state database of a wanted size, filled with paramset-like JSON through the state store itself.
//!
//! Does NOT use random numbers from outside: the same size gives the same contents.

use crate::Outcome;
use jiff::Timestamp;
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::central::CentralName;
use loom_domain::device::{InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::Paramsets;
use std::fmt::Write as _;
use std::fs::Permissions;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

const BATCH: u64 = 2_000;

/// Fills `<data_dir>/openccu-loom.db` until it has `size_mib` MiB.
pub(crate) async fn build(data_dir: &Path, size_mib: u64) -> Outcome<()> {
    std::fs::create_dir_all(data_dir)?;
    let path = data_dir.join("openccu-loom.db");
    let store = SqliteStateStore::open(&path)?;
    let interface =
        InterfaceRef { central: CentralName::parse("bench")?, interface_id: "bench-HmIP-RF".to_owned() };
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut next = 0;
    while std::fs::metadata(&path)?.len() < size_mib << 20 {
        let batch: Vec<_> = (next..next + BATCH).map(|n| paramset(&interface, n, &mut numbers)).collect();
        store.put_paramsets(&batch).await?;
        next += BATCH;
    }
    write_key_file(data_dir)?;
    Ok(())
}

/// Writes the key file of a data dir, which nobody but its owner may read.
pub(crate) fn write_key_file(data_dir: &Path) -> Outcome<()> {
    let path = data_dir.join("secret.key");
    std::fs::write(&path, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(())
}

/// Adds a table to `<data_dir>/openccu-loom.db` with paramsets as text, until the file has `size_mib` MiB.
pub(crate) fn add_text(data_dir: &Path, size_mib: u64) -> Outcome<()> {
    let mut shell = Command::new("sqlite3");
    let mut shell = shell.arg(data_dir.join("openccu-loom.db")).stdin(Stdio::piped()).spawn()?;
    let mut sql = BufWriter::new(shell.stdin.take().ok_or("no way into sqlite3")?);
    writeln!(
        sql,
        "PRAGMA synchronous = OFF; CREATE TABLE paramsets_as_text (address TEXT PRIMARY KEY, content TEXT); BEGIN;"
    )?;
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut next, mut bytes) = (0_u64, 0);
    while bytes < (size_mib << 20) * 99 / 100 {
        let (address, content) =
            (format!("{:014X}:{}", (0x10_D3A9_9C00 << 8) + next / 8, next % 8), content(&mut numbers));
        writeln!(sql, "INSERT INTO paramsets_as_text VALUES ('{address}', '{content}');")?;
        (next, bytes) = (next + 1, bytes + (2 * address.len() + content.len()) as u64);
    }
    writeln!(sql, "COMMIT;")?;
    drop(sql);
    let ended = shell.wait()?;
    if ended.success() { Ok(()) } else { Err(format!("sqlite3 ended with {ended}").into()) }
}

fn paramset(interface: &InterfaceRef, n: u64, numbers: &mut Numbers) -> Paramset {
    Paramset {
        id: ParamsetId {
            interface: interface.clone(),
            channel_address: format!("{:014X}:{}", (0x10_D3A9_9C00 << 8) + n / 8, n % 8),
            paramset_key: "MASTER".to_owned(),
        },
        content: content(numbers),
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// A week profile as a thermostat has: some hundred parameters whose values differ from room to room.
fn content(numbers: &mut Numbers) -> String {
    let mut json = format!(
        "{{\"TEMPERATURE_OFFSET\":{}.5,\"BOOST_TIME_PERIOD\":{}",
        numbers.below(4),
        numbers.below(30)
    );
    for day in ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] {
        for slot in 1..=1 + numbers.below(7) {
            let (half_degrees, end) = (numbers.below(50), numbers.below(288) * 5);
            let (whole, half) = (5 + half_degrees / 2, half_degrees % 2 * 5);
            // Writing to a String cannot fail.
            let _ = write!(
                json,
                ",\"P1_TEMPERATURE_{day}_{slot}\":{whole}.{half},\"P1_ENDTIME_{day}_{slot}\":{end}"
            );
        }
    }
    let _ = write!(json, ",\"LINK_HASH\":\"{:016x}\"}}", numbers.next());
    json
}

/// SplitMix64 (Steele, Lea, Flood 2014): even, fast and the same everywhere.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
