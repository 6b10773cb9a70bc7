//! The verdict depends on the bytes, not on the pieces they come in.

use crate::court::{codes, judge, judge_pieces};
use loom_contract::sbk_samples as samples;
use loom_domain::sbk::{SbkJudge, SbkLimits};
use proptest::prelude::*;

fn every_kind() -> Vec<Vec<u8>> {
    vec![
        samples::good_sbk("3.87.6"),
        samples::good_sbk("3.87.6.20260101"),
        samples::good_sbk_of("3.87.6.20260101", 300_000),
        samples::cut_inner("3.87.6.20260101"),
        samples::cut_outer("3.87.6"),
        samples::damaged_inner("3.87.6"),
        samples::bad_sha256(),
        samples::no_regadom("3.87.6"),
        samples::escaping("3.87.6"),
        samples::commanding(),
        samples::bomb(2),
        samples::login_page(),
        samples::error_text(),
    ]
}

#[test]
fn single_bytes_and_large_pieces_give_the_same_verdict() {
    for (nth, sbk) in every_kind().into_iter().enumerate() {
        let whole = judge(&sbk);
        for size in [1, 2, 511, 512, 513, 4096, 65_536, 1 << 20] {
            let pieces: Vec<&[u8]> = sbk.chunks(size).collect();
            assert_eq!(judge_pieces(SbkLimits::default(), &pieces), whole, "sample {nth} by {size}");
        }
    }
}

#[test]
fn nothing_may_be_pushed_between() {
    let sbk = samples::good_sbk("3.87.6");
    let pieces: Vec<&[u8]> = sbk.chunks(700).flat_map(|piece| [&piece[..0], piece]).collect();
    assert_eq!(judge_pieces(SbkLimits::default(), &pieces), judge(&sbk));
}

#[test]
fn a_limit_passed_before_a_fault_is_told_however_the_bytes_are_cut() {
    let sample = samples::SbkSample::stock("3.87.6");
    let mut usr_local = samples::gzip(&sample.inner_tar());
    // The checksum is wrong, and comes in one piece with what goes beyond the limit.
    let checksum = usr_local.len() - 8;
    usr_local[checksum] ^= 1;
    let sbk = sample.build_around(&usr_local);
    let limits = SbkLimits { inner_bytes: 2048, ..SbkLimits::default() };
    let whole = judge_pieces(limits, &[&sbk]);
    assert_eq!(codes(&whole), ["inflates_too_far"]);
    assert_eq!(judge_pieces(limits, &sbk.chunks(1).collect::<Vec<_>>()), whole);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn uneven_pieces_of_damaged_backups_give_the_same_verdict(
        nth in 0_usize..13,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 0..4),
        sizes in prop::collection::vec(1_usize..3000, 1..40),
        file_bytes in prop_oneof![Just(u64::MAX), 1_u64..20_000],
        inner_bytes in prop_oneof![Just(u64::MAX), 1_u64..200_000],
    ) {
        let mut sbk = every_kind().swap_remove(nth);
        for (at, bit) in flips {
            let at = at.index(sbk.len());
            sbk[at] ^= 1 << bit;
        }
        let limits = SbkLimits { file_bytes, inner_bytes, ..SbkLimits::default() };
        let mut judge = SbkJudge::new(limits);
        let mut rest = sbk.as_slice();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, later) = rest.split_at((*size).min(rest.len()));
            let _ = judge.push(piece);
            rest = later;
        }
        prop_assert_eq!(judge.finish(None), judge_pieces(limits, &[&sbk]));
    }

    #[test]
    fn any_bytes_get_a_verdict(bytes in prop::collection::vec(any::<u8>(), 1..3000)) {
        prop_assert!(!judge(&bytes).is_good());
    }

    #[test]
    fn any_bytes_over_a_backup_get_a_verdict(
        nth in 0_usize..13,
        at in any::<prop::sample::Index>(),
        patch in prop::collection::vec(any::<u8>(), 1..700),
    ) {
        let mut sbk = every_kind().swap_remove(nth);
        let at = at.index(sbk.len());
        let end = sbk.len().min(at + patch.len());
        sbk[at..end].copy_from_slice(&patch[..end - at]);
        judge(&sbk);
    }
}
