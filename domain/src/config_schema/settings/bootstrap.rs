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
    Field::text("backends.keys", "file", "Where the master key comes from: `file` (the environment, else `secret.key`), `env` (only the environment), or \
         `memory` for tests.")
        .kept_in(Bootstrap),
    Field::text("backends.archives", "folder", "What keeps the archives of the state: `folder`, or `memory` for tests.").kept_in(Bootstrap),
    Field::text("backends.ccu", "homematic", "How centrals are spoken to: `homematic`, `none` (not at all), or `memory` for tests.").kept_in(Bootstrap),
    Field::text(
        "state_backups.dir",
        "",
        "Folder for the archives the daemon takes of its own state. Empty: `state-backups` in the data dir.",
    )
    .kept_in(Bootstrap),
];
