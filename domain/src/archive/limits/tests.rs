//! Cases of the watch: each bound refuses with a word that names it.

use super::*;

fn small() -> Watch {
    Watch::new(Limits {
        members: 4,
        path_bytes: 40,
        total_bytes: 100,
        manifest_bytes: 10,
        ratio: 5,
        ratio_from_bytes: 50,
    })
}

#[test]
fn honest_members_pass() {
    let mut watch = small();
    assert_eq!(watch.folder(b"state/").unwrap().as_str(), "state");
    assert_eq!(watch.file(b"state/a", 60).unwrap().as_str(), "state/a");
    assert_eq!(watch.file(b"manifest.json", 10).unwrap().as_str(), "manifest.json");
    assert!(watch.ratio(300, 60).is_ok());
}

#[test]
fn a_second_member_of_one_name_is_refused() {
    let mut watch = small();
    watch.file(b"a", 1).unwrap();
    assert!(matches!(watch.file(b"./a", 1), Err(Hostile::Duplicate(_))));
    assert!(matches!(watch.folder(b"a"), Err(Hostile::Duplicate(_))));
}

#[test]
fn a_member_below_a_file_is_refused() {
    let mut watch = small();
    watch.file(b"a", 1).unwrap();
    assert!(matches!(watch.file(b"a/b", 1), Err(Hostile::BelowAFile(_))));
}

#[test]
fn a_file_in_the_place_of_a_folder_is_refused() {
    let mut watch = small();
    watch.file(b"a/b", 1).unwrap();
    assert!(matches!(watch.file(b"a", 1), Err(Hostile::Duplicate(_))));
}

#[test]
fn too_many_members_are_refused() {
    let mut watch = small();
    for name in ["a", "b", "c", "d"] {
        watch.file(name.as_bytes(), 1).unwrap();
    }
    assert!(watch.file(b"e", 1).unwrap_err().to_string().contains("archive bomb"));
}

#[test]
fn a_folder_named_again_is_a_member_again() {
    let mut watch = small();
    for _ in 0..4 {
        watch.folder(b"a").unwrap();
    }
    assert!(matches!(watch.folder(b"a"), Err(Hostile::TooMany(4))));
}

#[test]
fn folders_that_only_stand_in_names_count_too() {
    assert!(matches!(small().file(b"a/b/c/d/e", 1), Err(Hostile::TooMany(4))));
    assert!(small().file(b"a/b/c/d", 1).is_ok());
}

#[test]
fn too_long_names_are_refused() {
    let mut watch = small();
    watch.file("x".repeat(40).as_bytes(), 1).unwrap();
    assert!(matches!(watch.folder(b"y"), Err(Hostile::TooLongPaths(40))));
}

#[test]
fn a_member_that_brings_the_total_over_the_bound_is_named() {
    let mut watch = small();
    watch.file(b"a", 90).unwrap();
    assert!(watch.file(b"state/big", 11).unwrap_err().to_string().contains("state/big"));
    assert!(small().file(b"x", u64::MAX).is_err());
}

#[test]
fn nothing_may_come_after_the_manifest() {
    let mut watch = small();
    watch.file(b"manifest.json", 1).unwrap();
    assert!(matches!(watch.folder(b"a"), Err(Hostile::AfterManifest(_))));
    assert!(matches!(watch.file(b"b", 1), Err(Hostile::AfterManifest(_))));
    assert!(matches!(watch.file(b"manifest.json", 1), Err(Hostile::Duplicate(_))));
}

#[test]
fn a_large_manifest_is_refused() {
    assert!(matches!(small().file(b"manifest.json", 11), Err(Hostile::ManifestTooLarge { .. })));
}

#[test]
fn an_unbelievable_ratio_is_refused() {
    assert!(matches!(small().ratio(600, 60), Err(Hostile::Ratio { .. })));
    assert!(small().ratio(50, 0).is_ok());
}
