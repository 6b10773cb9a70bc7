//! What opens sealed archives, as the flags name it, or as somebody types it once it turns out to be needed.
//!
//! Does NOT look for files that nobody named.

use crate::args::{ListOpenerArgs, OpenerArgs};
use crate::failure::Failure;
use crate::output;
use crate::passphrase::{Asked, Known};
use crate::secret_input;
use loom_app::AtHand;
use loom_app::age_files::usable_identities_of;
use loom_domain::archive::Identity;
use loom_domain::ports::PassphraseSource;
use loom_domain::secret::SecretText;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the flags name, read.
pub(crate) struct Openers {
    key_file: Option<PathBuf>,
    identities: Vec<Identity>,
    passphrase: Option<SecretText>,
}

impl Openers {
    /// Reads the files that the flags name, to open these archives.
    pub(crate) fn read(
        key_file: Option<&Path>,
        args: &OpenerArgs,
        archives: &[PathBuf],
    ) -> Result<Self, Failure> {
        let stdin = Path::new("-");
        if args.passphrase_file.as_deref() == Some(stdin) && archives.iter().any(|archive| archive == stdin) {
            return Err(Failure::Usage(
                "the archive and --passphrase-file are both `-`, and standard input cannot be both\nhint: name a file for one of them"
                    .to_owned(),
            ));
        }
        Self::of_files(key_file, &args.identity, args.passphrase_file.as_deref())
    }

    /// The same for the flags of a list.
    pub(crate) fn read_for_list(key_file: Option<&Path>, args: &ListOpenerArgs) -> Result<Self, Failure> {
        Self::of_files(key_file, &args.identity, args.passphrase_file.as_deref())
    }

    fn of_files(
        key_file: Option<&Path>,
        identity: &[PathBuf],
        passphrase_file: Option<&Path>,
    ) -> Result<Self, Failure> {
        let mut identities = Vec::new();
        for file in identity {
            let file_name = file.display();
            let (used, of_plugins) = usable_identities_of(file)
                .map_err(|why| Failure::Usage(format!("--identity: `{file_name}` {why}")))?;
            for line in of_plugins {
                output::note(&format!(
                    "--identity: `{file_name}` line {line} is not used: plugins are not supported"
                ));
            }
            identities.extend(used);
        }
        let passphrase =
            passphrase_file.map(|file| secret_input::from_file(file, "--passphrase-file")).transpose()?;
        Ok(Self { key_file: key_file.map(Path::to_owned), identities, passphrase })
    }

    /// What is at hand for one archive; its passphrase is asked for once, if nobody named it.
    pub(crate) fn for_archive(&self, archive: &Path) -> AtHand {
        let asked = || -> Arc<dyn PassphraseSource> { Arc::new(Asked::about(archive)) };
        AtHand { passphrase: Some(self.known_passphrase().unwrap_or_else(asked)), ..self.unasked() }
    }

    /// What is at hand for many archives, where nobody is asked.
    pub(crate) fn unasked(&self) -> AtHand {
        AtHand {
            key_file: self.key_file.clone(),
            identities: self.identities.clone(),
            passphrase: self.known_passphrase(),
        }
    }

    fn known_passphrase(&self) -> Option<Arc<dyn PassphraseSource>> {
        self.passphrase.clone().map(|known| Arc::new(Known(known)) as Arc<dyn PassphraseSource>)
    }
}
