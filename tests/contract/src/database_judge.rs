//! The suite of [`DatabaseJudge`](loom_domain::ports::DatabaseJudge).
//!
//! Does NOT make databases itself: the adapter's test supplies a [`DatabaseBed`].

use crate::database_bed::{DatabaseBed, bytes_of, main_snapshot};
use std::sync::Arc;

/// A whole database has neither problems nor orphans, and its facts are those of its snapshot.
pub async fn a_whole_database_is_whole(bed: Arc<dyn DatabaseBed>) {
    bed.create_main();
    for _ in 0..30 {
        bed.commit_pair();
    }
    let snapshot = main_snapshot(&*bed).await;
    let facts = snapshot.facts.clone();
    let location = bed.stage(&bytes_of(snapshot).await.unwrap());
    let verdict = bed.judge().judge(&location).await.unwrap();
    assert_eq!(verdict.problems, [""; 0]);
    assert_eq!(verdict.orphans, [""; 0]);
    assert_eq!(verdict.facts, Some(facts));
}

/// A database damaged in a page is reported with SQLite's words, not as an error of the judge.
pub async fn a_damaged_page_is_a_problem(bed: Arc<dyn DatabaseBed>) {
    bed.create_main();
    for _ in 0..200 {
        bed.commit_pair();
    }
    let whole = bytes_of(main_snapshot(&*bed).await).await.unwrap();
    let location = bed.stage(&bed.damaged(whole));
    let verdict = bed.judge().judge(&location).await.unwrap();
    assert!((1..=20).contains(&verdict.problems.len()), "{:?}", verdict.problems);
}

/// A file that is no database is reported as a problem.
pub async fn what_is_no_database_is_a_problem(bed: Arc<dyn DatabaseBed>) {
    for bytes in [&b""[..], b"x", &[0xa5; 100_000], b"SQLite format 3\0"] {
        let verdict = bed.judge().judge(&bed.stage(bytes)).await.unwrap();
        assert!(!verdict.problems.is_empty(), "{} bytes", bytes.len());
        assert_eq!(verdict.facts, None, "{} bytes", bytes.len());
    }
}

/// Rows whose parent is missing are reported as orphans, not as damage.
pub async fn rows_without_parent_are_orphans(bed: Arc<dyn DatabaseBed>) {
    bed.create_main();
    bed.add_orphans();
    let location = bed.stage(&bytes_of(main_snapshot(&*bed).await).await.unwrap());
    let verdict = bed.judge().judge(&location).await.unwrap();
    assert_eq!(verdict.orphans, ["3 rows of `matter_acl_entries` have no row in `matter_fabrics`"]);
    assert_eq!(verdict.problems, [""; 0]);
    assert!(verdict.facts.is_some());
}

/// Every sealed value in the secret-classed columns is returned, those inside section JSON included.
pub async fn every_sealed_value_is_returned(bed: Arc<dyn DatabaseBed>) {
    bed.create_main();
    let expected = bed.add_sealed_values();
    for table in ["centrals/", "config_sections/"] {
        assert!(expected.iter().any(|value| value.place.to_string().starts_with(table)), "{table}");
    }
    let location = bed.stage(&bytes_of(main_snapshot(&*bed).await).await.unwrap());
    let mut found = bed.judge().judge(&location).await.unwrap().sealed;
    found.sort_by(|a, b| a.place.cmp(&b.place));
    assert_eq!(found, expected);
}

/// The file and its folder are left as they were, byte for byte.
pub async fn nothing_is_changed_by_a_look(bed: Arc<dyn DatabaseBed>) {
    bed.create_main();
    bed.commit_pair();
    let whole = bytes_of(main_snapshot(&*bed).await).await.unwrap();
    for bytes in [bed.damaged(whole.clone()), whole, b"no database".to_vec()] {
        let location = bed.stage(&bytes);
        let before = bed.around(&location);
        bed.judge().judge(&location).await.unwrap();
        assert_eq!(bed.around(&location), before);
    }
}

/// Tests that a database judge keeps its contract.
#[macro_export]
macro_rules! database_judge_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            database_judge,
            $fresh,
            [
                a_whole_database_is_whole,
                a_damaged_page_is_a_problem,
                what_is_no_database_is_a_problem,
                rows_without_parent_are_orphans,
                every_sealed_value_is_returned,
                nothing_is_changed_by_a_look,
            ]
        );
    };
}
