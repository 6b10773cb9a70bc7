//! `backup undo-restore`.
//!
//! Does NOT know where the replaced state is kept.

use crate::args::UndoArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::{interrupt, output};
use loom_app::bootstrap::ConfigFile;
use loom_domain::archive::MemberPath;
use serde_json::{Value, json};

pub(crate) async fn run(args: UndoArgs) -> Result<ExitCode, Failure> {
    let bootstrap =
        super::bootstrap(args.config.as_deref(), ConfigFile::MayBeMissing, args.data_dir.as_deref())?;
    interrupt::must_finish();
    super::recover_key_switch(&bootstrap).await?;
    let undone = loom_app::undo_restore(&bootstrap).await?;
    if args.json {
        let names = |paths: &[MemberPath]| paths.iter().map(MemberPath::as_str).collect::<Value>();
        output::json(&json!({
            "data_dir": bootstrap.data_dir.display().to_string(),
            "replaced_at": undone.replaced_at.to_string(),
            "brought_back": names(&undone.brought_back),
            "set_aside": names(&undone.set_aside),
        }));
    } else {
        output::text(&format!(
            "{}: brought back {} files replaced at {}, set {} aside",
            bootstrap.data_dir.display(),
            undone.brought_back.len(),
            undone.replaced_at,
            undone.set_aside.len(),
        ));
        output::note("running `backup undo-restore` again takes this back");
    }
    Ok(ExitCode::Done)
}
