//! Manifests that lie, or are none.

use crate::bed::Bed;
use crate::forgery::{DATABASE, Forgery};
use loom_e2e::run::{loom, run};
use serde_json::json;

#[test]
fn an_archive_without_a_manifest_is_refused() {
    Bed::new().refuses(&Forgery::with_database().gzipped(), 4, "it holds no `manifest.json`");
    Bed::new().refuses(&Forgery::empty().gzipped(), 4, "it holds no `manifest.json`");
}

#[test]
fn a_member_behind_the_manifest_is_refused() {
    let forged = Forgery::with_database().manifest(|_| {}).unlisted(b"state/late", b"evil");
    let (bed, forged, words) =
        (Bed::new(), forged.gzipped(), "member `state/late` comes after `manifest.json`");
    bed.store(&forged);
    let archive = bed.root().join("forged.tar.gz");
    run(loom(["backup", "inspect"]).arg(archive)).exits(4).says(words);
    run(loom(["backup", "list"]).arg(bed.root())).exits(3).says(words);
    bed.refuses(&forged, 4, words);
}

#[test]
fn two_manifests_are_refused() {
    let forged = Forgery::with_database().manifest(|_| {}).manifest(|_| {});
    Bed::new().refuses(&forged.gzipped(), 4, "member `manifest.json` appears twice");
}

#[test]
fn a_member_that_is_not_listed_is_refused() {
    let forged = Forgery::with_database().unlisted(b"state/extra", b"evil").sealed_off();
    Bed::new().refuses(&forged, 4, "member `state/extra` is not listed in the manifest");
}

#[test]
fn a_listed_member_that_is_missing_is_refused() {
    let lists_more = |manifest: &mut serde_json::Value| {
        manifest["sha256"]["state/gone"] = "0".repeat(64).into();
    };
    let forged = Forgery::with_database().manifest(lists_more).gzipped();
    Bed::new().refuses(&forged, 4, "member `state/gone` is listed in the manifest but missing");
}

#[test]
fn a_member_with_another_hash_is_refused() {
    let lies = |manifest: &mut serde_json::Value| manifest["sha256"]["state/a.txt"] = "0".repeat(64).into();
    let forged = Forgery::with_database().file(b"state/a.txt", b"text").manifest(lies).gzipped();
    Bed::new().refuses(&forged, 4, "sha256 mismatch: member `state/a.txt`");
}

#[test]
fn a_format_of_the_future_is_refused() {
    let newer = |manifest: &mut serde_json::Value| manifest["format_version"] = "2.0".into();
    let forged = Forgery::with_database().manifest(newer).gzipped();
    Bed::new().refuses(&forged, 4, "the archive has format 2.0, this program reads format 1");
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused() {
    let hash = loom_e2e::contents::hash(crate::forgery::good_database());
    let size = |bytes: u64| {
        move |manifest: &mut serde_json::Value| {
            manifest["format_version"] = "1.0".into();
            manifest["files"] = json!([{ "path": "state/openccu-loom.db", "bytes": bytes, "sha256": hash }]);
        }
    };
    let forged = Forgery::with_database().manifest(size(7)).gzipped();
    Bed::new().refuses(&forged, 4, "the manifest says 7");
    let other = |manifest: &mut serde_json::Value| {
        manifest["format_version"] = "1.0".into();
        let file = json!({ "path": "state/openccu-loom.db", "bytes": 1, "sha256": "0".repeat(64) });
        manifest["files"] = json!([file]);
    };
    let forged = Forgery::with_database().manifest(other).gzipped();
    Bed::new().refuses(&forged, 4, "contradicts itself about `state/openccu-loom.db`");
}

#[test]
fn what_is_no_manifest_is_refused() {
    let deep = "[".repeat(200_000);
    for text in ["", "{}", "null", "[1,2]", "{\"created_at\": \"yesterday\"}", "\u{0}", &deep] {
        let forged = Forgery::with_database().unlisted(b"manifest.json", text.as_bytes()).gzipped();
        Bed::new().refuses(&forged, 4, "`manifest.json` is not a manifest");
    }
}

#[test]
fn names_in_a_manifest_are_judged_like_names_of_members() {
    let climbs = |manifest: &mut serde_json::Value| manifest["sha256"]["../../evil"] = "0".repeat(64).into();
    let forged = Forgery::with_database().manifest(climbs).gzipped();
    Bed::new().refuses(&forged, 4, "escapes data dir");
}

#[test]
fn a_manifest_over_4_mib_is_refused() {
    let long = vec![b' '; (4 << 20) + 1];
    let forged = Forgery::empty().file(DATABASE, b"").unlisted(b"manifest.json", &long).gzipped();
    Bed::new().refuses(&forged, 4, "`manifest.json` has 4194305 bytes, more than the 4194304 allowed");
}
