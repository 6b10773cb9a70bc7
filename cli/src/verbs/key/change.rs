//! `key wrap` and `key unwrap`: the same master key in another place.
//!
//! Does NOT wrap anything itself, and shows no key.

use crate::args::{KeyUnwrapArgs, KeyWrapArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::{interrupt, output};
use loom_app::KeyJob;
use loom_app::bootstrap::Bootstrap;
use loom_app::key_settings::KeySettings;
use loom_domain::ports::KeyTarget;
use loom_domain::secret::Wrapper;
use loom_domain::usecases::MovedKey;
use serde_json::json;

pub(super) async fn wrap(args: KeyWrapArgs) -> Result<ExitCode, Failure> {
    let bootstrap = super::settled_place(&args.place).await?;
    let settings = args.wrapping.over(&bootstrap.keys);
    let wrapper = Wrapper::from(args.to);
    let target = KeyTarget::Wrapped(wrapper);
    let order = Order { target, leave_unreadable: args.allow_unreadable_secrets, as_json: args.json };
    let done = carry_out(&bootstrap, &settings, &order, "wrap the master key").await?;
    if args.wrapping.is_given() {
        output::note(&format!(
            "the file names the wrapping key, so the daemon finds it; set `keys.{wrapper}` in config.yaml too, for `key rotate`"
        ));
    }
    Ok(done)
}

pub(super) async fn unwrap(args: KeyUnwrapArgs) -> Result<ExitCode, Failure> {
    let bootstrap = super::settled_place(&args.place).await?;
    let leave_unreadable = args.allow_unreadable_secrets;
    let order = Order { target: KeyTarget::File, leave_unreadable, as_json: args.json };
    carry_out(&bootstrap, &bootstrap.keys, &order, "unwrap the master key").await
}

struct Order {
    target: KeyTarget,
    leave_unreadable: bool,
    as_json: bool,
}

async fn carry_out(
    bootstrap: &Bootstrap,
    settings: &KeySettings,
    order: &Order,
    what: &'static str,
) -> Result<ExitCode, Failure> {
    let job = KeyJob::prepare(bootstrap, settings, &crate::verbs::environment()).await;
    let job = job.map_err(super::failed(what))?;
    super::note_recovery(&job);
    interrupt::must_finish();
    let moved = job.move_to(order.target, order.leave_unreadable).await.map_err(super::failed(what))?;
    let MovedKey { key: moved, from, kept } = moved.or_tell(|missing| output::warning(&missing.to_string()));
    let (fingerprint, source) = (moved.key.fingerprint(), moved.source.to_string());
    let words = format!("master key {fingerprint} is in {source} now");
    let value = json!({ "fingerprint": fingerprint.as_str(), "source": source, "kept": kept });
    super::tell(order.as_json, &value, &words);
    for kept in &kept {
        output::note(&format!(
            "a file that was in the way and holds no key that can be told is kept as `{kept}`"
        ));
    }
    super::warn_of_what_beats(&from, "the key in clear", "its new place");
    if let KeyTarget::Wrapped(_) = order.target {
        for path in loom_app::clear_keys_kept(&bootstrap.data_dir) {
            output::note(&format!("`{}` still holds a master key in clear", path.display()));
        }
        output::note(
            "plain archives taken before hold the key in clear: remove them, or follow with `key rotate`, which gives a key they do not hold",
        );
        output::note(
            "whoever loses the wrapping key loses every secret: keep a key kit, or an archive sealed for a recipient",
        );
    }
    Ok(ExitCode::Done)
}
