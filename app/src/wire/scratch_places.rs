//! Where a look into an archive unpacks its databases: what is sealed lies in clear in no place that it is sealed against.
//!
//! | archive | place |
//! |---|---|
//! | any | the one that was named |
//! | not sealed | beside it |
//! | sealed | the data dir, where a database lies in clear already, and can be written beside |
//! | sealed, where there is none | the system's temporary folder: on the machine that has what opens it |
//!
//! Does NOT make the private folder there (adapter `archive`).

use async_trait::async_trait;
use loom_adapter_archive::LocalScratch;
use loom_domain::archive::ArchiveLock;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::{ScratchAreas, StagingArea, StagingError};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The places for one archive.
pub(super) struct ScratchPlaces {
    named: Option<PathBuf>,
    beside: PathBuf,
    data_dir: PathBuf,
    temporary: PathBuf,
    /// Whether it was the temporary folder.
    was_temporary: OnceLock<()>,
}

impl ScratchPlaces {
    /// The one that was `named`, or else what suits an archive that lies in the folder `beside`.
    pub(super) fn new(named: Option<&Path>, beside: &Path, data_dir: &Path) -> Self {
        Self {
            named: named.map(Path::to_owned),
            beside: beside.to_owned(),
            data_dir: data_dir.to_owned(),
            temporary: std::env::temp_dir(),
            was_temporary: OnceLock::new(),
        }
    }

    /// What the operator should know of the place that was taken.
    pub(super) fn note(&self) -> Option<String> {
        self.was_temporary.get().map(|()| {
            format!(
                "no data dir at hand: the databases of the sealed archive lay in a private folder in `{}` meanwhile (--scratch names another place)",
                self.temporary.display()
            )
        })
    }
}

#[async_trait]
impl ScratchAreas for ScratchPlaces {
    async fn open_scratch(&self, lock: Option<&ArchiveLock>) -> Result<Box<dyn StagingArea>, StagingError> {
        let open_in = |place: &Path| {
            let place = LocalScratch::new(place);
            async move { place.open_scratch(lock).await }
        };
        if let Some(named) = &self.named {
            return open_in(named).await;
        }
        if lock.is_none() {
            return open_in(&self.beside).await;
        }
        if self.data_dir.join(MAIN_DATABASE).exists() {
            match open_in(&self.data_dir).await {
                Err(StagingError::Unavailable { .. }) => {}
                opened => return opened,
            }
        }
        let opened = open_in(&self.temporary).await?;
        _ = self.was_temporary.set(());
        Ok(opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_domain::archive::MemberPath;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    struct Bed {
        folder: TempDir,
        places: ScratchPlaces,
    }

    impl Bed {
        fn new(named: Option<&str>) -> Self {
            let folder = TempDir::new().unwrap();
            let path = |name: &str| folder.path().join(name);
            for name in ["named", "beside", "data", "temporary"] {
                std::fs::create_dir(path(name)).unwrap();
            }
            std::fs::write(path("data").join(MAIN_DATABASE), "").unwrap();
            let places = ScratchPlaces::new(named.map(path).as_deref(), &path("beside"), &path("data"));
            Self { places: ScratchPlaces { temporary: path("temporary"), ..places }, folder }
        }

        /// The folder in which something unpacked lies.
        async fn place(&self, lock: Option<&ArchiveLock>) -> String {
            let mut area = self.places.open_scratch(lock).await.unwrap();
            area.begin_file(&MemberPath::parse(b"state/openccu-loom.db").unwrap(), 0).await.unwrap();
            let file = area.end_file().await.unwrap();
            let below = file.strip_prefix(self.folder.path()).unwrap();
            below.components().next().unwrap().as_os_str().to_str().unwrap().to_owned()
        }
    }

    #[tokio::test]
    async fn what_is_open_is_unpacked_beside_and_what_is_sealed_where_it_is_not_sealed_against() {
        let bed = Bed::new(None);
        assert_eq!(bed.place(None).await, "beside");
        assert_eq!(bed.place(Some(&ArchiveLock::Passphrase)).await, "data");
        assert_eq!(bed.places.note(), None);
    }

    #[tokio::test]
    async fn a_place_that_was_named_is_the_one() {
        let bed = Bed::new(Some("named"));
        for lock in [None, Some(&ArchiveLock::MasterKey)] {
            assert_eq!(bed.place(lock).await, "named");
        }
    }

    #[tokio::test]
    async fn where_no_state_is_at_hand_it_is_the_temporary_folder_and_that_is_told() {
        let bed = Bed::new(None);
        std::fs::remove_file(bed.folder.path().join("data").join(MAIN_DATABASE)).unwrap();
        assert_eq!(bed.place(Some(&ArchiveLock::Passphrase)).await, "temporary");
        assert!(bed.places.note().unwrap().contains("/temporary` meanwhile"));
    }

    #[tokio::test]
    async fn a_data_dir_that_is_closed_to_whoever_looks_is_none() {
        let bed = Bed::new(None);
        let data = bed.folder.path().join("data");
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o500)).unwrap();
        let expected = if rustix::process::geteuid().is_root() { "data" } else { "temporary" };
        assert_eq!(bed.place(Some(&ArchiveLock::Passphrase)).await, expected);
    }
}
