//! A data dir keeps the contract of its key switch.
//!
//! Does NOT crash anywhere.

use super::*;
use loom_contract::key_switch::SwitchBed;
use std::sync::atomic::AtomicBool;

/// Wraps as `Turning` does, until it is away.
#[derive(Default)]
struct Leaving(AtomicBool);

#[async_trait]
impl KeyWrapping for Leaving {
    async fn wrap(&self, key: &MasterKey, id: &str) -> Result<WrappedKey, KeyError> {
        Turning.wrap(key, id).await
    }

    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyError> {
        let (cause, mend) = ("said the network".into(), "look at it".to_owned());
        match self.0.load(Ordering::Relaxed) {
            true => Err(KeyError::Unreachable { origin: KeySource::Memory, cause, mend }),
            false => Turning.unwrap_key(wrapped).await,
        }
    }
}

struct Bed(TempDir, Arc<Leaving>);

impl Bed {
    fn wrappings(&self) -> KeyWrappings {
        KeyWrappings { kms: Some(self.1.clone()), ..KeyWrappings::default() }
    }
}

impl SwitchBed for Bed {
    fn switch(&self) -> Arc<dyn KeySwitch> {
        Arc::new(DataDirKeys::new(self.0.path(), self.wrappings()))
    }
    fn old_keys(&self) -> Arc<dyn OldKeys> {
        Arc::new(DataDirKeys::new(self.0.path(), self.wrappings()))
    }
    fn provider(&self) -> Arc<dyn KeyProvider> {
        let path = self.0.path();
        Arc::new(KeyChain::new(vec![
            Arc::new(WrappedFile::new(path.join("secret.key.kms"), Wrapper::Kms, self.wrappings())),
            Arc::new(FileKey::of_data_dir(path.join("secret.key"))),
        ]))
    }
    fn targets(&self) -> Vec<KeyTarget> {
        vec![KeyTarget::Wrapped(Wrapper::Kms), KeyTarget::File]
    }
    fn entries(&self) -> usize {
        fs::read_dir(self.0.path()).unwrap().count()
    }
    fn lose_wrappers(&self) {
        self.1.0.store(true, Ordering::Relaxed);
    }
}

loom_contract::key_switch_contract!((Arc::new(Bed(data_dir(), Arc::default())), ()));
