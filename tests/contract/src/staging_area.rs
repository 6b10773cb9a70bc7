//! The suite of [`StagingArea`] and [`ScratchAreas`].
//!
//! Does NOT look into a place itself: the adapter's test supplies a [`StagingBed`].

use bytes::Bytes;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{ScratchAreas, StagingArea};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A place for scratch areas under test.
pub trait StagingBed: Send + Sync {
    /// The port on this place.
    fn port(&self) -> Arc<dyn ScratchAreas>;
    /// The bytes at a location; `None` if nothing is there.
    fn read(&self, location: &Path) -> Option<Vec<u8>>;
    /// Whether the file at a location, and every folder of the area around it, is readable by its owner only.
    fn is_private(&self, location: &Path) -> bool;
    /// How many files and folders of areas there are in this place.
    fn count(&self) -> usize;
}

/// A file is at the location `end_file` returned, with exactly the bytes written.
pub async fn a_file_lies_where_it_was_said_with_the_bytes_written(bed: Arc<dyn StagingBed>) {
    let mut area = bed.port().open_scratch(None).await.unwrap();
    let large: Vec<u8> = (0_u32..700_000).flat_map(u32::to_le_bytes).collect();
    let mut staged = Vec::new();
    for (name, bytes) in [
        ("state/openccu-loom.db", large.as_slice()),
        ("state/empty", b""),
        ("state/a/b/c.json", b"{}"),
        ("config.yaml", b"locale: de"),
    ] {
        let location = stage(area.as_mut(), name, bytes).await;
        staged.push((location, bytes));
    }
    for (location, bytes) in &staged {
        assert!(bed.read(location).as_deref() == Some(*bytes), "{}", location.display());
    }
}

/// A folder can be created before, after and without files in it.
pub async fn folders_and_files_mix_in_any_order(bed: Arc<dyn StagingBed>) {
    let mut area = bed.port().open_scratch(None).await.unwrap();
    area.folder(&path("state/alone")).await.unwrap();
    area.folder(&path("state/before")).await.unwrap();
    let before = stage(area.as_mut(), "state/before/file", b"1").await;
    let after = stage(area.as_mut(), "state/after/file", b"2").await;
    area.folder(&path("state/after")).await.unwrap();
    assert_eq!(bed.read(&before).unwrap(), b"1");
    assert_eq!(bed.read(&after).unwrap(), b"2");
}

/// Files and folders are readable by their owner only.
pub async fn staged_files_are_readable_by_their_owner_only(bed: Arc<dyn StagingBed>) {
    let mut area = bed.port().open_scratch(None).await.unwrap();
    area.folder(&path("state/made")).await.unwrap();
    for name in ["secret", "state/deep/er/secret", "state/made/secret"] {
        let location = stage(area.as_mut(), name, b"secret").await;
        assert!(bed.is_private(&location), "{name}");
    }
}

/// Dropping the area removes all of it, also when a file was not ended.
pub async fn a_dropped_area_leaves_nothing(bed: Arc<dyn StagingBed>) {
    let mut area = bed.port().open_scratch(None).await.unwrap();
    let location = stage(area.as_mut(), "state/a/file", b"bytes").await;
    area.folder(&path("state/empty")).await.unwrap();
    area.begin_file(&path("state/unfinished"), 1 << 20).await.unwrap();
    area.write(Bytes::from_static(b"half")).await.unwrap();
    assert!(bed.count() > 0);
    drop(area);
    assert_eq!(bed.read(&location), None);
    assert_eq!(bed.count(), 0);
}

/// Two scratch areas never share a file.
pub async fn two_scratch_areas_never_share_a_file(bed: Arc<dyn StagingBed>) {
    let (one, other) = (bed.port(), bed.port());
    let mut first = one.open_scratch(None).await.unwrap();
    let mut second = one.open_scratch(None).await.unwrap();
    let mut third = other.open_scratch(None).await.unwrap();
    let locations = [
        stage(first.as_mut(), "state/x", b"first").await,
        stage(second.as_mut(), "state/x", b"second").await,
        stage(third.as_mut(), "state/x", b"third").await,
    ];
    assert_eq!(
        locations.clone().map(|at| bed.read(&at).unwrap()),
        [b"first".to_vec(), b"second".to_vec(), b"third".to_vec()]
    );
    drop(second);
    assert_eq!(bed.read(&locations[0]).unwrap(), b"first");
    assert_eq!(bed.read(&locations[1]), None);
    assert_eq!(bed.read(&locations[2]).unwrap(), b"third");
}

/// Tests that scratch areas keep their contract.
#[macro_export]
macro_rules! staging_area_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            staging_area,
            $fresh,
            [
                a_file_lies_where_it_was_said_with_the_bytes_written,
                folders_and_files_mix_in_any_order,
                staged_files_are_readable_by_their_owner_only,
                a_dropped_area_leaves_nothing,
                two_scratch_areas_never_share_a_file,
            ]
        );
    };
}

/// Stages one file in uneven chunks.
pub(crate) async fn stage(area: &mut dyn StagingArea, name: &str, bytes: &[u8]) -> PathBuf {
    area.begin_file(&path(name), bytes.len() as u64).await.unwrap();
    for chunk in bytes.chunks(300_007) {
        area.write(Bytes::copy_from_slice(chunk)).await.unwrap();
    }
    area.end_file().await.unwrap()
}

fn path(text: &str) -> MemberPath {
    MemberPath::parse(text.as_bytes()).unwrap()
}
