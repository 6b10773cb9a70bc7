//! How the cases ask for a verdict.

use loom_domain::sbk::{SbkDamage, SbkJudge, SbkLimits, SbkVerdict};

/// The verdict on bytes that came all at once.
pub(crate) fn judge(sbk: &[u8]) -> SbkVerdict {
    judge_within(SbkLimits::default(), sbk)
}

/// The verdict under other limits.
pub(crate) fn judge_within(limits: SbkLimits, sbk: &[u8]) -> SbkVerdict {
    judge_pieces(limits, &[sbk])
}

/// The verdict on bytes that came in these pieces. The pushes are asked too: what they refuse is never good.
pub(crate) fn judge_pieces(limits: SbkLimits, pieces: &[&[u8]]) -> SbkVerdict {
    let mut judge = SbkJudge::new(limits);
    let mut refused = false;
    for piece in pieces {
        let result = judge.push(piece);
        assert!(!refused || result.is_err(), "a damage was forgotten");
        refused = result.is_err();
    }
    let verdict = judge.finish(None);
    assert!(!refused || !verdict.is_good(), "a push refused what the verdict calls good");
    verdict
}

/// The one damage of a backup that has just one.
pub(crate) fn only_damage(sbk: &[u8]) -> SbkDamage {
    only(judge(sbk).damages)
}

/// The one there is.
pub(crate) fn only(mut damages: Vec<SbkDamage>) -> SbkDamage {
    assert_eq!(damages.len(), 1, "{damages:?}");
    damages.pop().unwrap()
}

/// The codes of everything that is wrong.
pub(crate) fn codes(verdict: &SbkVerdict) -> Vec<&'static str> {
    verdict.damages.iter().map(SbkDamage::code).collect()
}
