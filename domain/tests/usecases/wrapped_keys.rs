//! Archives whose master key lies wrapped inside: what opens their secrets, and what a restore does with key files.

use crate::world::{World, id, master_key, restore_of};
use async_trait::async_trait;
use loom_adapter_memory::FaultPlan;
use loom_domain::ports::*;
use loom_domain::restore_plan::{Consents, Refusal};
use loom_domain::secret::{MasterKey, WrappedKey, Wrapper};
use loom_domain::usecases::{Examined, KeyRing, RestoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A service that gives one key, or is not there.
struct Service {
    gives: Option<MasterKey>,
    asked: AtomicUsize,
}

impl Service {
    fn giving(key: MasterKey) -> Arc<Self> {
        Arc::new(Self { gives: Some(key), asked: AtomicUsize::new(0) })
    }

    fn away() -> Arc<Self> {
        Arc::new(Self { gives: None, asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn ring(self: &Arc<Self>) -> KeyRing {
        let wrappings = KeyWrappings { kms: Some(self.clone()), ..KeyWrappings::default() };
        KeyRing { wrappings, ..KeyRing::default() }
    }
}

#[async_trait]
impl KeyWrapping for Service {
    async fn wrap(&self, _: &MasterKey, _: &str) -> Result<WrappedKey, KeyError> {
        Err(KeyError::NotInThisProgram(Wrapper::Kms))
    }

    async fn unwrap_key(&self, _: &WrappedKey) -> Result<MasterKey, KeyError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.gives.clone().ok_or_else(|| KeyError::Unreachable {
            origin: KeySource::Memory,
            cause: "nobody answers".into(),
            mend: "wait".to_owned(),
        })
    }
}

fn document(key: &MasterKey) -> String {
    let wrapped = WrappedKey {
        wrapper: Wrapper::Kms,
        fingerprint: key.fingerprint(),
        settings: [("key_id".to_owned(), "alias/loom".to_owned())].into(),
        context: Default::default(),
        ciphertext: vec![1],
    };
    wrapped.to_json().unwrap()
}

/// An archive `a` of a state whose key lies in these files.
async fn archived(files: &[(&str, String)]) -> World {
    let world = World::new();
    world.disk.remove(&world.source.root().join("secret.key"));
    for (name, content) in files {
        world.source.write(name, content.clone());
    }
    world.backed_up().await;
    world
}

#[tokio::test]
async fn what_a_restore_would_find_too_long_is_told_as_no_key() {
    for (spaces, told) in [(0, true), (32 << 10, false)] {
        let world = World::new();
        world.source.write("secret.key.kms", document(&master_key(7)) + &" ".repeat(spaces));
        let taken = world.backed_up().await;
        assert_eq!(taken.manifest.master_key.unwrap().wrapped_by.is_some(), told, "{spaces}");
    }
}

async fn examined(world: &World, keys: &KeyRing) -> Examined {
    world.verify(&FaultPlan::none()).run(&id("a"), keys).await.unwrap()
}

fn other(byte: u8) -> Option<ResolvedKey> {
    Some(ResolvedKey { key: master_key(byte), source: KeySource::Memory })
}

#[tokio::test]
async fn a_wrapped_key_inside_is_unwrapped_and_opens_the_secrets() {
    let world = archived(&[("secret.key.kms", document(&master_key(7)))]).await;
    let service = Service::giving(master_key(7));
    let found = examined(&world, &KeyRing { after: other(9), ..service.ring() }).await;
    assert_eq!((found.sealed.total, found.sealed.unreadable), (2, 0));
    assert_eq!(found.own_key, Some(master_key(7).fingerprint()));
    let source = found.key.unwrap().source;
    assert!(
        matches!(&source, KeySource::Wrapped { wrapper: Wrapper::Kms, path, wrapping_key }
        if path == "state/secret.key.kms" && wrapping_key == "alias/loom"),
        "{source:?}"
    );
    assert_eq!((found.bad_key_file, service.asked()), (None, 1));
}

#[tokio::test]
async fn a_service_is_not_asked_where_another_key_is_tried_or_the_same_is_at_hand() {
    let world = archived(&[("secret.key.kms", document(&master_key(7)))]).await;
    let service = Service::away();
    for keys in [
        KeyRing { before: other(7), ..service.ring() },
        KeyRing { after: other(7), ..service.ring() },
        KeyRing { after: other(9), earlier: Vec::from_iter(other(7)), ..service.ring() },
    ] {
        let found = examined(&world, &keys).await;
        assert_eq!((found.sealed.unreadable, found.bad_key_file), (0, None));
        assert_eq!(found.own_key, Some(master_key(7).fingerprint()));
    }
    assert_eq!(service.asked(), 0);
}

#[tokio::test]
async fn a_key_that_stays_wrapped_is_told_in_one_line_and_keeps_a_restore_from_happening() {
    let world = archived(&[("secret.key.kms", document(&master_key(7)))]).await;
    for (keys, words) in [
        (Service::away().ring(), "nobody answers; wait"),
        (KeyRing::default(), "built without the kms wrapper"),
        (Service::giving(master_key(9)).ring(), "unwraps to another key than it names"),
    ] {
        let found = examined(&world, &keys).await;
        let told = found.bad_key_file.unwrap();
        assert!(told.starts_with("member `state/secret.key.kms` ") && told.contains(words), "{told}");
        assert!(!told.contains('\n'), "{told}");
        assert_eq!(found.own_key, Some(master_key(7).fingerprint()));
        let mut request = restore_of("a", Consents::default());
        request.keys = keys;
        let refused = world.restore(&FaultPlan::none()).run(&request).await.unwrap_err();
        let RestoreError::Refused(refusals) = refused else { panic!("{refused}") };
        assert!(matches!(refusals[..], [Refusal::UnreadableSecrets { unreadable: 2, .. }]), "{refusals:?}");
        assert!(refusals[0].to_string().contains(words), "{}", refusals[0]);
    }
}

#[tokio::test]
async fn the_file_that_a_daemon_would_use_is_the_key_even_if_it_is_broken() {
    let clear = format!("{}\n", *master_key(7).to_base64());
    for broken in
        ["hunter2".to_owned(), "x".repeat(40_000), document(&master_key(7)).replace("kms", "pkcs11")]
    {
        let world = archived(&[("secret.key.kms", broken), ("secret.key", clear.clone())]).await;
        let found = examined(&world, &Service::giving(master_key(7)).ring()).await;
        assert_eq!((found.sealed.unreadable, found.own_key), (2, None));
        let told = found.bad_key_file.unwrap();
        assert!(
            told.starts_with("member `state/secret.key.kms` holds") && !told.contains("hunter2"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_key_that_comes_wrapped_sets_the_live_key_file_aside_and_an_undo_brings_it_back() {
    let world = archived(&[("secret.key.kms", document(&master_key(7)))]).await;
    world.put_old_state();
    let mut request = restore_of("a", Consents { overwrite: true, ..Consents::default() });
    request.keys = Service::giving(master_key(7)).ring();
    let (_, plan, _) = world.restore(&FaultPlan::none()).run(&request).await.unwrap();
    let live = world.live();
    assert!(live.contains_key("secret.key.kms") && !live.contains_key("secret.key"), "{:?}", live.keys());
    assert!(
        plan.notes.iter().any(|note| note.contains("comes wrapped, in `secret.key.kms`")),
        "{:?}",
        plan.notes
    );
    assert!(plan.notes.iter().any(|note| note.starts_with("`secret.key` is set aside")), "{:?}", plan.notes);
    world.restore(&FaultPlan::none()).target.undo().await.unwrap();
    let live = world.live();
    assert!(live.contains_key("secret.key") && !live.contains_key("secret.key.kms"), "{:?}", live.keys());
}
