//! Verifies archives in this process, wired as `backup verify` is. Does NOT go through the command line.

use loom_app::bootstrap::{Bootstrap, ConfigFile, Sources};
use loom_app::{AtHand, Origin, VerifyJob};
use loom_domain::ports::Silent;
use loom_domain::usecases::Examined;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

/// Verifies with a scratch folder of its own; an error in words if it is refused or damaged.
pub(crate) async fn verify(
    archive: Vec<u8>,
    scratch: &Path,
    key_file: Option<&Path>,
) -> Result<Examined, String> {
    let origin = Origin::stream(Box::new(Cursor::new(archive))).unwrap();
    let nowhere = scratch.join("no data dir");
    let environment: loom_app::Environment = Arc::new(|_: &str| None);
    let sources = Sources {
        config: None,
        config_file: ConfigFile::MayBeMissing,
        data_dir: Some(&nowhere),
        environment: environment.as_ref(),
    };
    let bootstrap = Bootstrap::load(&sources).unwrap();
    let at_hand = AtHand { key_file: key_file.map(Path::to_owned), ..AtHand::default() };
    let job = VerifyJob::prepare(&bootstrap, origin, at_hand, Some(scratch), &environment, Arc::new(Silent));
    let examined = job.await.unwrap().run().await.map_err(|error| error.to_string())?;
    match examined.damage().as_slice() {
        [] => Ok(examined),
        damage => Err(damage.join("; ")),
    }
}
