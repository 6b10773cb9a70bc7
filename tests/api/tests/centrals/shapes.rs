//! The bodies about centrals, field by field.
//!
//! Does NOT hold claims.

use loom_api_tests::shape::Shape::{Any, Bool, Int, List, Object, Text, Time, Word};
use loom_api_tests::shape::{Shape, always, maybe};

const FAILURE: Shape = Word(&["central", "damaged", "storage", "cancelled", "other"]);

const PROGRESS: Shape = Object(&[
    always("stage", Text),
    always("object", Text),
    always("done_bytes", Int),
    maybe("total_bytes", Int),
]);

const LINE: Shape = Object(&[always("code", Text), always("message", Text), maybe("hint", Text)]);

/// What a verification found.
pub(crate) const VERDICT: Shape = Object(&[
    always("good", Bool),
    always("size_bytes", Int),
    always("sha256", Text),
    always("damages", List(&LINE)),
    always("warnings", List(&LINE)),
    always("checked_at", Time),
]);

/// A backup. The first five fields are those that clients of other daemons know.
pub(crate) const BACKUP: Shape = Object(&[
    always("id", Text),
    always("central", Text),
    always("bytes", Int),
    always("created_at", Time),
    maybe("filename", Text),
    always("state", Word(&["queued", "running", "completed", "failed"])),
    always("available", Bool),
    maybe("failure", FAILURE),
    maybe("reason", Text),
    maybe("hint", Text),
    maybe("sha256", Text),
    maybe(
        "contents",
        Object(&[
            maybe("firmware", Text),
            maybe("key_index", Int),
            maybe("serial", Text),
            maybe("product", Text),
            maybe("host_name", Text),
            maybe("devices", Any),
            always("warnings", List(&Text)),
        ]),
    ),
    maybe("job", Text),
    maybe("progress", PROGRESS),
    maybe("verdict", VERDICT),
]);

/// What taking a backup is answered with; the job is ours.
pub(crate) const BEGUN: Shape = Object(&[always("id", Text), always("job", Text)]);

/// What restoring one is answered with; all but the id is ours.
pub(crate) const BEGUN_RESTORE: Shape =
    Object(&[always("id", Text), always("restore", Text), always("job", Text)]);

/// What the stored files come to.
pub(crate) const STORAGE: Shape =
    Object(&[maybe("dir", Text), always("available", Bool), always("count", Int), always("bytes", Int)]);

/// A restore.
pub(crate) const RESTORE: Shape = Object(&[
    always("id", Text),
    always("backup", Text),
    always("target", Text),
    always(
        "step",
        Word(&[
            "preflight",
            "safety_backup",
            "offer",
            "apply",
            "restart",
            "way_back",
            "compare",
            "drop_caches",
        ]),
    ),
    always("state", Word(&["queued", "running", "interrupted", "completed", "failed"])),
    maybe("failure", FAILURE),
    maybe("reason", Text),
    maybe("hint", Text),
    maybe("differences", List(&Text)),
    maybe("safety_backup", Text),
    always("created_at", Time),
    always("updated_at", Time),
    maybe("job", Text),
    maybe("progress", PROGRESS),
]);

/// How a central is doing.
pub(crate) const STATUS: Shape = Object(&[
    always("name", Text),
    always("enabled", Bool),
    always(
        "state",
        Word(&["unknown", "ready", "booting", "unreachable", "refused", "misconfigured", "disabled"]),
    ),
    maybe("firmware", Text),
    maybe("product", Text),
    maybe("serial", Text),
    maybe("host_name", Text),
    always(
        "interfaces",
        List(&Object(&[
            always("id", Text),
            always("devices", Int),
            always("pending", Int),
            always("simplified", Bool),
            maybe("kept", Text),
            maybe("error", Text),
        ])),
    ),
    maybe("refreshed_at", Time),
    maybe("last_contact", Time),
    maybe("last_attempt", Time),
    maybe("last_error", Text),
    maybe("hint", Text),
]);

/// What a test of a central found.
pub(crate) const TEST: Shape = Object(&[
    always("name", Text),
    always("works", Bool),
    always(
        "findings",
        List(&Object(&[
            always("subject", Text),
            always("outcome", Word(&["fine", "odd", "broken", "skipped"])),
            always("detail", Text),
            maybe("hint", Text),
        ])),
    ),
]);
