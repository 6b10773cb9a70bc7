//! Settings that are needed before the state is open. They are never kept in the state.

use crate::config_schema::field::{Field, Home::Bootstrap};

const LEVELS: &[&str] = &["debug", "info", "warn", "error"];

pub(super) const FIELDS: &[Field] = &[
    Field::text("data_dir", "./var", "Folder that holds the whole state. Created at the first start.")
        .kept_in(Bootstrap)
        .basic()
        .variable("OPENCCU_LOOM_DATA_DIR"),
    Field::text(
        "env_file",
        ".env",
        "File of `KEY=VALUE` lines for variables that are not set in the environment. It need not exist; `-` or \
         `/dev/null` reads none.",
    )
    .kept_in(Bootstrap),
    Field::choice("logging.level", LEVELS, "info", "The least important messages that are logged.")
        .kept_in(Bootstrap)
        .basic()
        .variable("OPENCCU_LOOM_LOG_LEVEL"),
    Field::choice(
        "logging.format",
        &["json", "text", "text-color"],
        "json",
        "One JSON object a message, or lines for people.",
    )
    .kept_in(Bootstrap)
    .variable("OPENCCU_LOOM_LOG_FORMAT"),
    Field::text_map("logging.overrides", LEVELS, "Other levels for parts of the program, by the part's name.")
        .kept_in(Bootstrap),
    Field::text(
        "listen.rest",
        ":8119",
        "Address and port of the HTTP API. Without an address: all of the machine's.",
    )
    .kept_in(Bootstrap)
    .basic()
    .variable("OPENCCU_LOOM_REST_LISTEN"),
    Field::flag(
        "bootstrap.allow_first_run_setup",
        true,
        "Whether the first admin may be created over the network while there is no user.",
    )
    .kept_in(Bootstrap),
    Field::text("backends.state", "sqlite", "What keeps the state: `sqlite`, or `memory` for tests.").kept_in(Bootstrap),
    Field::text(
        "backends.keys",
        "file",
        "Where the master key comes from: `file` (the environment, a credential of the service manager, else a file of the data \
         dir), `env` (only the environment), or `memory` for tests.",
    )
    .kept_in(Bootstrap),
    Field::text("backends.archives", "folder", "What keeps the archives of the state: `folder`, or `memory` for tests.").kept_in(Bootstrap),
    Field::text("backends.ccu", "homematic", "How centrals are spoken to: `homematic`, `none` (not at all), or `memory` for tests.").kept_in(Bootstrap),
    Field::text(
        "state_backups.dir",
        "",
        "Folder for the archives the daemon takes of its own state. Empty: `state-backups` in the data dir.",
    )
    .kept_in(Bootstrap),
    Field::choice(
        "state_backups.format",
        &["tar.gz", "tar.zst", "zip"],
        "tar.gz",
        "How archives of the state are packed, by the daemon and by `backup create`.",
    )
    .kept_in(Bootstrap),
    Field::choice(
        "state_backups.seal",
        &["", "none", "recipients", "passphrase", "master-key"],
        "",
        "For whom archives of the state are sealed. Empty: for the recipients if some are named, with the passphrase if its \
         file is named, for nobody otherwise.",
    )
    .kept_in(Bootstrap)
    .basic(),
    Field::texts(
        "state_backups.recipients",
        "Recipients that archives of the state are sealed for: public keys of age, `age1` and what follows.",
    )
    .kept_in(Bootstrap)
    .basic(),
    Field::text(
        "state_backups.recipients_file",
        "",
        "File of more recipients, one a line. Read before each backup.",
    )
    .kept_in(Bootstrap),
    Field::text(
        "state_backups.passphrase_file",
        "",
        "File whose only line is the passphrase that archives of the state are sealed with. Read before each backup.",
    )
    .kept_in(Bootstrap),
    Field::text(
        "keys.kms.key_id",
        "",
        "Key of the key management service that wraps the master key: its id, ARN or alias.",
    )
    .kept_in(Bootstrap),
    Field::text("keys.kms.region", "", "Region of that service. Empty: as the environment says.").kept_in(Bootstrap),
    Field::text(
        "keys.kms.endpoint",
        "",
        "Address of that service where it is not AWS. Empty: that of the region.",
    )
    .kept_in(Bootstrap),
    Field::text("keys.pkcs11.module", "", "PKCS#11 library of the token that wraps the master key, a path.").kept_in(Bootstrap),
    Field::text("keys.pkcs11.token", "", "Label of that token.").kept_in(Bootstrap),
    Field::text("keys.pkcs11.key_label", "", "Label of the wrapping key on it.").kept_in(Bootstrap),
    Field::text("keys.pkcs11.pin_file", "", "File whose only line is the PIN of the token.").kept_in(Bootstrap),
];
