//! The folder of a benchmark: a filled data dir with an archive in it, and the files that nginx serves.
//!
//! Does NOT start anything that stays.

use crate::process::measure;
use crate::state::{Numbers, write_key_file};
use crate::{Outcome, binary};
use jiff::Timestamp;
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::account::{Role, Subject, Token};
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId, CcuBackupState};
use loom_domain::central::{Central, CentralName};
use loom_domain::credential::CredentialDigest;
use loom_domain::ports::{CcuBackups, Centrals, Tokens};
use loom_domain::secret::SecretText;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The token that every request shows.
pub(super) const TOKEN: &str = "a-token-that-is-as-long-as-a-real-one-is-43";
/// The archive that is downloaded.
pub(super) const ARCHIVE: &str = "backup-bench-20261123T000000Z.tar.gz";
const ARCHIVE_BYTES: u64 = 1 << 30;
const CENTRALS: usize = 10;
const CCU_BACKUPS: usize = 30;

/// The folder; gone when dropped.
pub(super) struct Place(TempDir);

impl Place {
    pub(super) fn prepare(runtime: &Runtime) -> Outcome<Self> {
        let place = Self::empty()?;
        let archives = place.data_dir().join("state-backups");
        fs::create_dir_all(&archives)?;
        fs::create_dir(place.statics())?;
        runtime.block_on(fill(&place.data_dir()))?;
        write_key_file(&place.data_dir())?;
        let ballast = place.data_dir().join("ballast");
        write_noise(&ballast, ARCHIVE_BYTES)?;
        let archive = archives.join(ARCHIVE);
        pack(place.folder(), &archive)?;
        fs::remove_file(ballast)?;
        // The same file, so that both read the same pages of the cache.
        fs::hard_link(archive, place.statics().join(ARCHIVE))?;
        Ok(place)
    }

    /// A folder with nothing but a configuration: not even a data dir.
    pub(super) fn empty() -> Outcome<Self> {
        let place = Self(tempfile::tempdir_in("/var/tmp")?);
        let words = format!("data_dir: {}\nlisten:\n  rest: \"127.0.0.1:0\"\n", place.data_dir().display());
        fs::write(place.folder().join("config.yaml"), words)?;
        Ok(place)
    }

    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// What nginx serves.
    pub(super) fn statics(&self) -> PathBuf {
        self.folder().join("static")
    }

    fn data_dir(&self) -> PathBuf {
        self.folder().join("data")
    }
}

/// The name of the `n`th central.
pub(super) fn central_name(n: usize) -> String {
    format!("ccu-{:02}", n % CENTRALS)
}

async fn fill(data_dir: &Path) -> Outcome<()> {
    let store = SqliteStateStore::open(&data_dir.join("openccu-loom.db"))?;
    let now = Timestamp::now();
    for n in 0..CENTRALS {
        let name = CentralName::parse(&central_name(n))?;
        let central = Central {
            username: Some("Admin".to_owned()),
            password_env: Some("CCU_PASSWORD".to_owned()),
            interfaces: ["HmIP-RF", "BidCos-RF", "VirtualDevices"].map(str::to_owned).to_vec(),
            serial: Some(format!("30145711A000{n:04}")),
            system_type: Some("ccu3".to_owned()),
            ..Central::new(name, &format!("192.168.1.{}", n + 10), now)
        };
        store.put_central(&central).await?;
    }
    for n in 0..CCU_BACKUPS {
        let name = format!("{}-3.87.6-2026-11-{:02}-0315.sbk", central_name(n), n + 1);
        store
            .create_ccu_backup(&CcuBackup {
                id: CcuBackupId::parse(&name)?,
                central: Some(CentralName::parse(&central_name(n))?),
                filename: Some(name),
                state: CcuBackupState::Completed { size_bytes: 41_943_040, sha256: format!("{n:064x}") },
                contents: None,
                created_at: now,
                updated_at: now + Duration::from_secs(90),
            })
            .await?;
    }
    let digest = CredentialDigest::of(&SecretText::new(TOKEN.to_owned()));
    store
        .create_token(&Token {
            fingerprint: digest.fingerprint().to_owned(),
            token_hash: digest.as_str().to_owned(),
            subject: Subject::parse("bench")?,
            role: Role::Admin,
            created_at: now,
            last_seen_at: None,
            expires_at: None,
        })
        .await?;
    Ok(())
}

/// Bytes that no compression makes fewer.
fn write_noise(path: &Path, bytes: u64) -> Outcome<()> {
    let mut numbers = Numbers(1);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for _ in 0..bytes / 8 {
        file.write_all(&numbers.next().to_le_bytes())?;
    }
    Ok(file.flush()?)
}

fn pack(folder: &Path, archive: &Path) -> Outcome<()> {
    let mut command = Command::new(binary()?);
    command.args(["backup", "create", "--config", "config.yaml", "--out"]).arg(archive).current_dir(folder);
    measure(&mut command).map(|_| ())
}
