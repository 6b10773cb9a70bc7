//! What the id of a CCU backup tells of a file that has no record: `<central>-<YYYYMMDD-HHMMSS>`, in UTC.
//!
//! Does NOT mint ids.

use crate::ccu_backup::CcuBackupId;
use crate::central::CentralName;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Letters of a moment in an id.
const MOMENT_CHARS: usize = 15;

/// What ids of uploads begin with; thousandths of a second end them.
const UPLOAD: &str = "upload-";

/// When the backup was asked for.
pub(super) fn moment(id: &CcuBackupId) -> Option<Timestamp> {
    let upload =
        id.as_str().strip_prefix(UPLOAD).and_then(|rest| rest.split_once('.')).map(|(moment, _)| moment);
    let text = upload.or_else(|| parts(id).map(|(_, moment)| moment))?;
    let moment = DateTime::strptime("%Y%m%d-%H%M%S", text).ok().filter(|_| text.len() == MOMENT_CHARS)?;
    moment.to_zoned(TimeZone::UTC).ok().map(|moment| moment.timestamp())
}

/// Which of the configured centrals it comes from.
pub(super) fn owner<'a>(id: &CcuBackupId, centrals: &'a [CentralName]) -> Option<&'a CentralName> {
    let (name, _) = parts(id).filter(|_| moment(id).is_some())?;
    centrals.iter().find(|central| central.as_str() == name)
}

fn parts(id: &CcuBackupId) -> Option<(&str, &str)> {
    let at = id.as_str().len().checked_sub(MOMENT_CHARS)?;
    let (name, moment) = id.as_str().split_at_checked(at)?;
    Some((name.strip_suffix('-')?, moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> CcuBackupId {
        CcuBackupId::parse(text).unwrap()
    }

    #[test]
    fn an_id_tells_central_and_moment() {
        let centrals = ["ccu", "ccu-2", "upload"].map(|name| CentralName::parse(name).unwrap());
        let of = |text| (owner(&id(text), &centrals).map(CentralName::as_str), moment(&id(text)));
        let at: Timestamp = "2026-06-08T12:34:56Z".parse().unwrap();
        assert_eq!(of("ccu-20260608-123456"), (Some("ccu"), Some(at)));
        assert_eq!(of("ccu-2-20260608-123456"), (Some("ccu-2"), Some(at)));
        assert_eq!(of("other-20260608-123456"), (None, Some(at)));
        assert_eq!(of("upload-20260608-123456.789"), (None, Some(at)));
        assert_eq!(of("ccu-20261308-123456"), (None, None));
        assert_eq!(of("ccu_20260608-123456"), (None, None));
        assert_eq!(of("my backup ü 123456789012"), (None, None));
        assert_eq!(of("ccu"), (None, None));
    }
}
