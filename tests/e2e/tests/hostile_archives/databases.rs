//! Archives whose hashes all hold, but whose main database is none, or broken.

use crate::bed::Bed;
use crate::forgery::{DATABASE, Forgery, good_database};

fn of_database(bytes: &[u8]) -> Vec<u8> {
    Forgery::empty().file(DATABASE, bytes).sealed_off()
}

#[test]
fn the_good_database_is_accepted() {
    Bed::new().accepts(&of_database(good_database()));
}

#[test]
fn an_archive_without_the_main_database_is_refused() {
    let forged = Forgery::empty().file(b"state/history.db", good_database()).sealed_off();
    Bed::new().refuses(&forged, 4, "holds no `state/openccu-loom.db`");
}

#[test]
fn a_main_database_that_is_none_is_refused() {
    for bytes in [b"garbage".as_slice(), &[0; 8192], b"SQLite format 3\0", b"SQLite format 3\0 and then some"]
    {
        Bed::new().refuses(&of_database(bytes), 4, "database `state/openccu-loom.db`");
    }
    Bed::new().refuses(&of_database(b""), 4, "openccu-loom.db");
}

#[test]
fn a_cut_database_is_refused() {
    let good = good_database();
    for length in [good.len() - 1, good.len() - 4096, good.len() / 2, 4096, 100] {
        Bed::new().refuses(&of_database(&good[..length]), 4, "database `state/openccu-loom.db`");
    }
}

#[test]
fn a_database_with_a_corrupt_page_is_refused() {
    let good = good_database();
    for page in 0..good.len() / 4096 {
        let mut corrupt = good.to_vec();
        // The page's type and cell count, behind the file header on the first page.
        let at = page * 4096 + if page == 0 { 100 } else { 0 };
        corrupt[at..at + 8].fill(0xa5);
        Bed::new().refuses(&of_database(&corrupt), 4, "database `state/openccu-loom.db`");
    }
}

#[test]
fn a_database_whose_index_disagrees_with_its_table_is_refused() {
    let good = good_database();
    // The table comes before its index in the file; one letter of a name in the table changes.
    let at = good.windows(8).position(|bytes| bytes == b"user1999").unwrap();
    let mut corrupt = good.to_vec();
    corrupt[at] = b'U';
    Bed::new().refuses(&of_database(&corrupt), 4, "database `state/openccu-loom.db`");
}

#[test]
fn a_secondary_database_is_judged_too() {
    let cut = &good_database()[..8192];
    let forged = Forgery::with_database().file(b"state/deep/history.db", cut).sealed_off();
    Bed::new().refuses(&forged, 4, "database `state/deep/history.db`");
}
