//! `config export`.
//!
//! Does NOT know what is in a document.

use crate::args::ConfigExportArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_app::bootstrap::ConfigFile;
use loom_app::{ConfigJobError, ExportedConfig, Overwrite, export_config, write_document};
use loom_domain::config_document::ConfigDocument;
use loom_domain::usecases::ExportSecrets;
use std::path::Path;

pub(crate) async fn run(args: ConfigExportArgs) -> Result<ExitCode, Failure> {
    let out = args.out.filter(|out| out != Path::new("-"));
    let secrets = if args.include_secrets { ExportSecrets::Included } else { ExportSecrets::Redacted };
    let overwrite = if args.force { Overwrite::Allowed } else { Overwrite::Refused };
    let failed = |error: ConfigJobError| Failure::ConfigExport(Box::new(error));
    // Told again when it is written; this spares the work.
    if let Some(path) = out.as_deref().filter(|path| overwrite == Overwrite::Refused && path.exists()) {
        return Err(failed(ConfigJobError::Exists(path.display().to_string())));
    }
    let (config, data_dir) = (args.config.as_deref(), args.data_dir.as_deref());
    let bootstrap = super::settled(|| super::bootstrap(config, ConfigFile::MustExist, data_dir)).await?;
    super::note_default_data_dir(config, data_dir, &bootstrap);
    let exported = export_config(&bootstrap, secrets, out.as_deref(), &super::environment()).await;
    let ExportedConfig { document, copied_beside } = exported.map_err(failed)?;
    copied_beside.iter().for_each(|folder| super::note_copied_beside(folder));
    let text = format!("{:#}", document.to_json());
    match out {
        None => output::script(&text),
        Some(path) => {
            let shown = path.display().to_string();
            write_document(path, text + "\n", overwrite).await.map_err(failed)?;
            output::text(&summary(&document, &shown));
        }
    }
    if secrets == ExportSecrets::Included {
        output::note("the document holds secrets in clear: keep it as safe as them");
    }
    if document.skipped.is_empty() {
        return Ok(ExitCode::Done);
    }
    for skipped in &document.skipped {
        output::warning(&format!("left out: `{}`: {}", skipped.path, skipped.reason));
    }
    let hint = match super::beaten_key(&bootstrap).await {
        Some(beaten) => beaten.advice(),
        None => "set OPENCCU_LOOM_SECRET_KEY, or put `secret.key` back".to_owned(),
    };
    output::warning(&format!(
        "encrypted value but no master key available, or another one\nhint: {hint}, and export again"
    ));
    Ok(ExitCode::Partly)
}

fn summary(document: &ConfigDocument, file: &str) -> String {
    let (sections, centrals) = (document.sections.len(), document.centrals.len());
    let secrets = if document.redacted { "without secrets" } else { "with secrets in clear" };
    format!("exported {sections} sections and {centrals} centrals to {file}, {secrets}")
}
