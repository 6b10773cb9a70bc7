//! Settings of what is kept: language, caches, secrets, backups of centrals.
//!
//! Where the state itself lives is not among them (`bootstrap`).

use super::COUNT;
use crate::config_schema::field::Field;

pub(super) const FIELDS: &[Field] = &[
    Field::choice(
        "locale.locale",
        &["de", "en"],
        "en",
        "Language of what people read. `locale: de` is the short form.",
    )
    .basic()
    .variable("OPENCCU_LOOM_LOCALE"),
    Field::choice("locale.theme", &["light", "dark", "system"], "system", "Look of the web pages.").idle(),
    Field::flag("persistence.values_cache.enabled", true, "Whether last values survive a restart.")
        .restart()
        .idle(),
    Field::duration("persistence.values_cache.flush_interval", "60s", "How often they are written.")
        .restart()
        .idle(),
    Field::texts("persistence.values_cache.disabled_centrals", "Centrals whose values are not kept.")
        .restart()
        .idle(),
    Field::flag(
        "persistence.history.enabled",
        false,
        "Whether measurements are recorded, in the database `history.db` of the data dir.",
    )
    .restart()
    .idle(),
    Field::duration("persistence.history.retention", "720h", "How long they are kept.").restart().idle(),
    Field::duration("persistence.history.flush_interval", "5s", "How often they are written.")
        .restart()
        .idle(),
    Field::texts("persistence.history.include", "Patterns of parameters to record. Empty: all.")
        .restart()
        .idle(),
    Field::texts("persistence.history.exclude", "Patterns of parameters not to record.").restart().idle(),
    Field::texts("persistence.history.disabled_centrals", "Centrals that are not recorded.").restart().idle(),
    Field::flag("persistence.history.export.enabled", false, "Whether measurements are sent on.")
        .restart()
        .idle(),
    Field::choice("persistence.history.export.kind", &["", "influxdb"], "influxdb", "Kind of the receiver.")
        .restart()
        .idle(),
    Field::text("persistence.history.export.endpoint", "", "Address of the receiver.").restart().idle(),
    Field::text("persistence.history.export.org", "", "Organisation at the receiver.").restart().idle(),
    Field::text("persistence.history.export.bucket", "", "Bucket at the receiver.").restart().idle(),
    Field::text(
        "persistence.history.export.token_env",
        "",
        "Variable that holds the token for the receiver.",
    )
    .restart()
    .idle(),
    Field::flag(
        "security.allow_plaintext_secrets",
        false,
        "Whether a secret may be stored in clear when there is no master key to seal it.",
    )
    .restart(),
    Field::duration("backup.schedule", "0s", "Time between two backups of each central. 0: none by itself.")
        .idle(),
    Field::whole("backup.keep_last", COUNT, 0, "Backups that are kept of each central. 0: all.").idle(),
    Field::text("backup.dir", "", "Folder for them. Empty: `backups` in the data dir.").restart(),
    Field::whole("backup.upload_limit_mib", COUNT, 2048, "Largest backup that can be uploaded, in MiB."),
];
