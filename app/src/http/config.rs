//! `/config`: the settings, as a whole and section by section.
//!
//! Does NOT hold the schema (`loom_domain::config_schema`).

mod document;
mod sections;
mod view;

pub(crate) use document::{__path_export, __path_import, export, import};
pub(crate) use sections::{
    __path_change, __path_remove, __path_reset_field, __path_show, change, remove, reset_field, show,
};
pub(crate) use view::{
    __path_changes, __path_effective, __path_restart_pending, __path_schema, __path_snapshot, changes,
    effective, restart_pending, schema, snapshot,
};
