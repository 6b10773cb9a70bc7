//! `key check`: a key file tried on the sealed values, before it is needed.
//!
//! Does NOT change anything but an interrupted change of the key, which is brought to its end first, and opens nothing with
//! the data dir's own key.

use crate::args::KeyCheckArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_domain::usecases::CheckedKey;
use serde_json::json;

pub(super) async fn run(args: KeyCheckArgs) -> Result<ExitCode, Failure> {
    let bootstrap = super::place(&args.place)?;
    let checked = loom_app::check_key(&bootstrap, &args.key_file, &crate::verbs::environment()).await;
    let (checked, unknown) = checked.map_err(super::failed("check the key"))?;
    let file = args.key_file.display().to_string();
    let CheckedKey { fingerprint, present, opens, total } = &checked;
    let is_present = present.as_ref().map(|present| present == fingerprint);
    if args.json {
        output::json(&json!({
            "key_file": file,
            "fingerprint": fingerprint.as_str(),
            "is_present": is_present,
            "total": total,
            "unreadable": total - opens,
        }));
    } else {
        output::text(&format!("{file}: master key {fingerprint}, opens {opens} of {total} sealed values"));
        output::text(&match (is_present, unknown) {
            (Some(true), _) => "it is the key this data dir uses".to_owned(),
            (Some(false), _) => "this data dir uses another key".to_owned(),
            (None, Some(error)) => format!("it cannot be compared with the key of this data dir: {error}"),
            (None, None) => "no key of this data dir was found to compare it with\nhint: if the daemon gets it from a variable or a credential, give it to this command as OPENCCU_LOOM_SECRET_KEY; else put this one there as `secret.key`".to_owned(),
        });
    }
    Ok(if checked.is_good() { ExitCode::Done } else { ExitCode::Key })
}
