//! A central in memory: a serial number, some devices, and a state that can be saved and brought back.
//!
//! Does NOT speak any protocol, and does NOT take time to boot unless it is told to.

use crate::MemoryContent;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::device::{Device, Paramset};
use loom_domain::ports::{
    BoxError, CcuDevices, CcuError, CcuFacts, CcuIdentity, CcuSystemBackup, Content, ReadError,
};
use loom_domain::secret::SecretText;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What every system backup of a central in memory begins with; its state follows.
const BACKUP_MAGIC: &[u8] = b".sbk in memory\n";

/// A central. Clones are the same central.
#[derive(Debug, Clone)]
pub struct MemoryCcu(Arc<Mutex<Ccu>>);

#[derive(Debug)]
struct Ccu {
    facts: CcuFacts,
    booting: bool,
    state: Bytes,
    devices: BTreeMap<String, Vec<Device>>,
    paramsets: Vec<Paramset>,
}

impl MemoryCcu {
    /// A running central without interfaces and with an empty state.
    pub fn new(facts: CcuFacts) -> Self {
        let ccu = Ccu {
            facts,
            booting: false,
            state: Bytes::new(),
            devices: BTreeMap::new(),
            paramsets: Vec::new(),
        };
        Self(Arc::new(Mutex::new(ccu)))
    }

    /// Gives the central an interface with these devices, in place of one of that name.
    pub fn put_interface(&self, interface: &str, devices: Vec<Device>) {
        self.lock().devices.insert(interface.to_owned(), devices);
    }

    /// Adds the description of one paramset.
    pub fn put_paramset(&self, paramset: Paramset) {
        self.lock().paramsets.push(paramset);
    }

    /// Lets the central boot until it is told otherwise.
    pub fn set_booting(&self, booting: bool) {
        self.lock().booting = booting;
    }

    /// Its state: what a system backup saves.
    pub fn state(&self) -> Bytes {
        self.lock().state.clone()
    }

    /// Replaces its state.
    pub fn set_state(&self, state: impl Into<Bytes>) {
        self.lock().state = state.into();
    }

    fn lock(&self) -> MutexGuard<'_, Ccu> {
        // Each call makes one change, so a poisoned central is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ready(&self) -> Result<MutexGuard<'_, Ccu>, CcuError> {
        let ccu = self.lock();
        if ccu.booting { Err(CcuError::NotReady("it boots".to_owned())) } else { Ok(ccu) }
    }
}

#[async_trait]
impl CcuIdentity for MemoryCcu {
    async fn identity(&self) -> Result<CcuFacts, CcuError> {
        Ok(self.ready()?.facts.clone())
    }
}

#[async_trait]
impl CcuSystemBackup for MemoryCcu {
    async fn create_system_backup(&self) -> Result<Box<dyn Content>, CcuError> {
        let ccu = self.ready()?;
        Ok(Box::new(MemoryContent::new([BACKUP_MAGIC, &ccu.state].concat())))
    }

    async fn restore_system_backup(
        &self,
        bytes: u64,
        mut content: Box<dyn Content>,
        _security_key: Option<&SecretText>,
    ) -> Result<(), CcuError> {
        drop(self.ready()?);
        let mut arrived = Vec::new();
        while let Some(chunk) = content.next_chunk().await.map_err(incomplete)? {
            arrived.extend_from_slice(&chunk);
        }
        if arrived.len() as u64 != bytes {
            let reason = format!("{} bytes arrived, {bytes} were announced", arrived.len());
            return Err(CcuError::Unavailable(BoxError::from(reason)));
        }
        let Some(state) = arrived.strip_prefix(BACKUP_MAGIC) else {
            return Err(CcuError::Refused("the file is no system backup".to_owned()));
        };
        self.ready()?.state = Bytes::copy_from_slice(state);
        Ok(())
    }
}

#[async_trait]
impl CcuDevices for MemoryCcu {
    async fn list_interfaces(&self) -> Result<Vec<String>, CcuError> {
        Ok(self.ready()?.devices.keys().cloned().collect())
    }

    async fn list_ccu_devices(&self, interface: &str) -> Result<Vec<Device>, CcuError> {
        self.ready()?.devices.get(interface).cloned().ok_or_else(|| unknown(interface))
    }

    async fn paramset_descriptions(&self, interface: &str, channel: &str) -> Result<Vec<Paramset>, CcuError> {
        let ccu = self.ready()?;
        if !ccu.devices.contains_key(interface) {
            return Err(unknown(interface));
        }
        let of_channel = ccu.paramsets.iter().filter(|paramset| {
            paramset.id.interface.interface_id == interface && paramset.id.channel_address == channel
        });
        Ok(of_channel.cloned().collect())
    }
}

fn unknown(interface: &str) -> CcuError {
    CcuError::Refused(format!("it has no interface `{interface}`"))
}

fn incomplete(error: ReadError) -> CcuError {
    CcuError::Unavailable(Box::new(error))
}
