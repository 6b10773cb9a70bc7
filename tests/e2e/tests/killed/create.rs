//! What a killed `create` leaves.

use super::instants::{INSTANTS, in_threads, kill_at, spread};
use super::{create, names, sample};
use loom_e2e::contents::{Bytes, working_files};
use loom_e2e::data_dir::SampleDataDir;
use loom_e2e::run::{loom, run};
use std::fs;

#[test]
fn a_killed_create_leaves_no_archive_that_does_not_verify() {
    let source = SampleDataDir::new(sample("source", 7));
    let bytes = Bytes::of(&source.path());
    let [published, unfinished] = in_threads(|thread| {
        let out = source.root().join(format!("out-{thread}"));
        fs::create_dir(&out).unwrap();
        let archive = out.join("a.tar.gz");
        let create = || create(&source.path(), &archive);
        let undisturbed = |_: &mut _| {
            run(&mut create()).exits(0);
            fs::remove_file(&archive).unwrap();
        };
        let mut counts = [0, 0];
        spread(thread, &mut counts, undisturbed, |[published, unfinished], at| {
            kill_at(&mut create(), at);
            if archive.exists() {
                run(loom(["backup", "verify"]).arg(&archive)).exits(0);
                fs::remove_file(&archive).unwrap();
                *published += 1;
            }
            let leftovers = names(&out);
            assert!(leftovers.iter().all(|name| name.starts_with(".loom-")), "{leftovers:?}");
            // Those of this very run: each create sweeps away what the ones before it left.
            assert!(leftovers.len() <= 2, "they accumulate: {leftovers:?}");
            *unfinished += u32::from(!leftovers.is_empty());
            assert_eq!(Bytes::of(&source.path()), bytes, "after a kill at {at:?}");
        });
        run(&mut create()).exits(0);
        assert_eq!(names(&out), ["a.tar.gz"]);
        counts
    });
    assert_eq!(working_files(&source.path()), [""; 0]);
    println!("{INSTANTS} kills: {published} archives were there, {unfinished} times something unfinished");
    // Otherwise the instants do not lie where they should, and this test shows nothing.
    assert!(published > 0 && unfinished > INSTANTS / 4, "{published} archives, {unfinished} unfinished");
}
