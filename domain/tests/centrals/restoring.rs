//! A restore that succeeds, what it finds different, and how long it waits.

use crate::bed::{
    Bed, Safety, central, consent, device, devices, differences, facts, interface, interruption, order,
};
use loom_adapter_memory::{CcuCall, MemoryCcu, MemoryClock, MemoryPauses};
use loom_domain::ccu_backup::{CcuBackup, CcuBackupState};
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreState, CcuRestoreStep};
use loom_domain::ports::{CcuBackups, CcuError, CcuRestores, Devices, Interfaces, Paramsets};
use loom_domain::secret::SecretText;
use loom_domain::usecases::{RefreshMemory, RefreshMode, RestoreOrder};
use std::sync::Arc;
use std::time::Duration;

impl Bed {
    /// Restores `backup` with a safety backup and no key.
    pub(crate) async fn restored(&self, backup: &CcuBackup) -> CcuRestore {
        let (consent, safety) = (consent(), Safety(self));
        let record = self.queued_restore(backup).await;
        let ended = self.restore().run(record, order(backup, &consent, Some(&safety))).await.unwrap();
        assert_eq!(self.stored_restore().await, ended);
        assert_eq!(self.ccu.sessions(), 0);
        ended
    }

    fn waited(&self) -> Duration {
        self.pauses.made().iter().sum()
    }
}

#[tokio::test]
async fn the_state_of_the_backup_comes_back_and_the_state_before_is_kept() {
    let bed = Bed::new();
    bed.ccu.set_state("good times");
    let backup = bed.backed_up("a").await;
    bed.ccu.set_state("bad times");
    let ended = bed.restored(&backup).await;

    assert_eq!(differences(&ended), [] as [&str; 0]);
    assert_eq!(ended.step, CcuRestoreStep::DropCaches);
    assert_eq!(bed.ccu.state(), "good times");
    let safety = bed.stored_backup(ended.safety_backup.unwrap().as_str()).await;
    assert!(matches!(safety.state, CcuBackupState::Completed { .. }));
    let steps: Vec<_> = bed.watched.restores.lock().unwrap().iter().map(|record| record.step).collect();
    let expected: Vec<_> = CcuRestoreStep::ALL.into_iter().chain([CcuRestoreStep::DropCaches]).collect();
    assert_eq!(steps, expected);
}

#[tokio::test]
async fn who_does_without_a_safety_backup_gets_none() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    let consent = consent();
    let record = bed.queued_restore(&backup).await;
    let ended = bed.restore().run(record, order(&backup, &consent, None)).await.unwrap();
    assert!(differences(&ended).is_empty());
    assert_eq!(ended.safety_backup, None);
    assert_eq!(bed.files.ids().len(), 1);
}

#[tokio::test]
async fn what_was_cached_of_the_central_is_dropped_and_nothing_of_others() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.refresh().run(&central(), &mut RefreshMemory::default(), RefreshMode::Full).await.unwrap();
    let mut other = bed.cached("HmIP-RF").await.remove(0);
    other.interface.central = loom_domain::central::CentralName::parse("other").unwrap();
    bed.store.put_devices(&[other]).await.unwrap();

    bed.restored(&backup).await;
    assert_eq!(bed.store.find_interface(&interface("HmIP-RF")).await.unwrap(), None);
    let left: Vec<_> = Devices::list_interfaces(&*bed.store).await.unwrap();
    assert_eq!(left.iter().map(|interface| interface.central.as_str()).collect::<Vec<_>>(), ["other"]);
    assert_eq!(bed.store.count_paramsets().await.unwrap().paramsets, 0);
}

#[tokio::test]
async fn devices_that_come_late_are_waited_for() {
    let clock = MemoryClock::new(crate::bed::now());
    let bed = Bed::with_pauses(clock.clone(), Arc::default());
    let backup = bed.backed_up("a").await;
    bed.ccu.after_restart(|ccu| ccu.put_interface("HmIP-RF", Vec::new()));
    let ccu = bed.ccu.clone();
    let pauses = MemoryPauses::moving(clock).with(move |before, _| {
        // The way back takes one pause.
        ccu.put_interface("HmIP-RF", devices(before.min(4)));
    });
    let bed = Bed { pauses: Arc::new(pauses), ..bed };
    assert!(differences(&bed.restored(&backup).await).is_empty());
}

#[tokio::test]
async fn devices_that_never_come_are_a_difference_and_the_wait_ends() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.after_restart(|ccu| {
        ccu.put_interface("HmIP-RF", device("ABC0000000", 2));
        ccu.remove_interface("BidCos-RF");
        ccu.set_facts(facts(crate::bed::SERIAL, "3.89.5"));
    });
    let ended = bed.restored(&backup).await;
    let found = differences(&ended).join("\n");
    for part in
        ["`HmIP-RF` has 3 devices and channels, the backup recorded 12", "no interface `BidCos-RF`", "3.89.5"]
    {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(bed.waited() <= Duration::from_secs(5 * 60), "{:?}", bed.waited());
}

#[tokio::test]
async fn an_interface_that_does_not_answer_is_waited_for_and_told() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.after_restart(|ccu| {
        ccu.fail(CcuCall::ListCcuDevices, || CcuError::NotReady("it reads its devices".to_owned()));
    });
    let ended = bed.restored(&backup).await;
    assert!(differences(&ended)[0].contains("does not answer (the central is not ready yet"), "{ended:?}");
    assert!(bed.waited() >= Duration::from_secs(10 * 60));
}

#[tokio::test]
async fn a_restore_that_quietly_did_nothing_is_told() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    // As it was before the restore is as it stays.
    bed.ccu.put_interface("HmIP-RF", devices(1));
    let ended = bed.restored(&backup).await;
    assert!(differences(&ended)[0].contains("seems not to have taken the backup over"), "{ended:?}");
}

#[tokio::test]
async fn a_restore_that_quietly_left_an_interface_alone_is_told() {
    let bed = Bed::new();
    bed.ccu.remove_interface("BidCos-RF");
    let backup = bed.backed_up("a").await;
    // Since then it has got one more, and keeps it.
    bed.ccu.put_interface("BidCos-RF", devices(2));
    let found = bed.restored(&backup).await;
    assert!(differences(&found)[0].contains("seems not to have taken the backup over"), "{found:?}");
    assert!(differences(&found)[1].starts_with("interface `BidCos-RF` has 6 devices"), "{found:?}");
    assert_eq!(differences(&found).len(), 2);
}

/// A backup of the central as it is, while its first interface, `BidCos-RF`, did not answer.
async fn backed_up_in_part(bed: &Bed) -> CcuBackup {
    bed.ccu.fail(CcuCall::ListCcuDevices, || CcuError::NotReady("it reads its devices".to_owned()));
    let silent = bed.backed_up("silent").await.contents.unwrap();
    bed.ccu.mend(CcuCall::ListCcuDevices);
    let mut backup = bed.backed_up("a").await;
    let contents = backup.contents.as_mut().unwrap();
    contents.devices.remove("BidCos-RF");
    contents.warnings.push(silent.warnings[0].clone());
    bed.store.update_ccu_backup(&backup).await.unwrap();
    backup
}

#[tokio::test]
async fn an_interface_the_backup_could_not_count_is_no_difference() {
    let bed = Bed::new();
    let backup = backed_up_in_part(&bed).await;
    assert_eq!(differences(&bed.restored(&backup).await), [] as [&str; 0]);

    let bed = Bed::new();
    let backup = backed_up_in_part(&bed).await;
    bed.ccu.put_interface("HmIP-RF", devices(1));
    let found = bed.restored(&backup).await;
    assert!(differences(&found)[0].contains("seems not to have taken the backup over"), "{found:?}");
    assert!(differences(&found)[1].starts_with("interface `HmIP-RF` has 3 devices"), "{found:?}");
    assert_eq!(differences(&found).len(), 2);
}

#[tokio::test]
async fn an_interface_that_answers_late_is_waited_for_although_the_backup_does_not_know_it() {
    let clock = MemoryClock::new(crate::bed::now());
    let bed = Bed::with_pauses(clock.clone(), Arc::default());
    bed.ccu.remove_interface("BidCos-RF");
    let backup = bed.backed_up("a").await;
    bed.ccu.put_interface("BidCos-RF", devices(2));
    bed.ccu
        .after_restart(|ccu| ccu.fail(CcuCall::ListCcuDevices, || CcuError::NotReady("it boots".to_owned())));
    let ccu = bed.ccu.clone();
    let pauses = MemoryPauses::moving(clock).with(move |before, _| {
        if before == 3 {
            ccu.mend(CcuCall::ListCcuDevices);
        }
    });
    let bed = Bed { pauses: Arc::new(pauses), ..bed };
    assert!(differences(&bed.restored(&backup).await)[0].contains("seems not to have taken"));
}

#[tokio::test]
async fn a_central_that_never_goes_away_and_cannot_tell_its_uptime_is_told() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.fail(CcuCall::UpFor, || CcuError::Refused("it cannot run scripts".to_owned()));
    bed.ccu.restart_for_calls(0);
    let ended = bed.restored(&backup).await;
    assert!(differences(&ended)[0].contains("never seen to restart"), "{ended:?}");
    assert!(bed.waited() >= Duration::from_secs(60));
}

#[tokio::test]
async fn a_restart_that_nobody_saw_is_proven_by_the_uptime() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.restart_for_calls(0);
    assert_eq!(differences(&bed.restored(&backup).await), [] as [&str; 0]);
}

/// A central that says that it restarts, does not, and loses the question before each of these pauses.
async fn restored_without_a_restart(lost: &'static [usize], tells_its_uptime: bool) -> (Bed, CcuRestore) {
    let clock = MemoryClock::new(crate::bed::now());
    let bed = Bed::with_pauses(clock.clone(), Arc::default());
    let backup = bed.backed_up("a").await;
    bed.ccu.ignore_restarts();
    let lose = |ccu: &MemoryCcu, pause: usize| match lost.contains(&pause) {
        true => ccu.fail(CcuCall::IsReady, || CcuError::Unavailable("the line broke".into())),
        false => ccu.mend(CcuCall::IsReady),
    };
    if !tells_its_uptime {
        bed.ccu.fail(CcuCall::UpFor, || CcuError::Misbehaved("it does not tell".to_owned()));
    }
    lose(&bed.ccu, 0);
    let ccu = bed.ccu.clone();
    let pauses = MemoryPauses::moving(clock).with(move |before, _| lose(&ccu, before + 1));
    let bed = Bed { pauses: Arc::new(pauses), ..bed };
    let ended = bed.restored(&backup).await;
    (bed, ended)
}

#[tokio::test]
async fn a_question_that_was_lost_is_no_restart() {
    for lost in [&[0][..], &[3], &[0, 4, 9]] {
        let (bed, ended) = restored_without_a_restart(lost, true).await;
        assert_eq!(differences(&ended).len(), 1, "{ended:?}");
        assert!(differences(&ended)[0].contains("never seen to restart"), "{ended:?}");
        assert!((60..180).contains(&bed.waited().as_secs()), "{lost:?}: {:?}", bed.waited());
    }
    // One that does not tell has to be believed.
    let (_, ended) = restored_without_a_restart(&[3], false).await;
    assert_eq!(differences(&ended), [] as [&str; 0]);
}

#[tokio::test]
async fn a_restart_that_was_clearly_seen_stands_although_the_clock_is_set_back() {
    let clock = MemoryClock::new(crate::bed::now());
    let bed = Bed::with_pauses(clock.clone(), Arc::default());
    let backup = bed.backed_up("a").await;
    bed.ccu.restart_for_calls(5);
    let pauses = MemoryPauses::moving(clock.clone()).with(move |before, _| {
        if before == 0 {
            clock.set("2026-11-20T00:00:00Z".parse().unwrap());
        }
    });
    let bed = Bed { pauses: Arc::new(pauses), ..bed };
    assert_eq!(differences(&bed.restored(&backup).await), [] as [&str; 0]);
}

#[tokio::test]
async fn a_central_that_takes_its_time_is_waited_for_with_growing_pauses() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.restart_for_calls(12);
    assert!(differences(&bed.restored(&backup).await).is_empty());
    let seconds: Vec<_> = bed.pauses.made().iter().map(Duration::as_secs).collect();
    assert_eq!(seconds[..6], [5, 10, 20, 40, 60, 60]);
}

#[tokio::test]
async fn a_central_that_does_not_come_back_interrupts_the_restore() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.restart_until_told();
    let ended = bed.restored(&backup).await;
    let (reason, hint) = interruption(&ended);
    assert!(
        reason.contains("did not come back within 30 minutes") && hint.contains("resume"),
        "{reason} {hint}"
    );
    assert_eq!(ended.step, CcuRestoreStep::WayBack);
    assert!((30 * 60..32 * 60).contains(&bed.waited().as_secs()));
}

#[tokio::test]
async fn a_central_with_passwords_of_the_backup_interrupts_the_restore() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.after_restart(|ccu| ccu.set_unauthorized(true));
    let ended = bed.restored(&backup).await;
    let (reason, hint) = interruption(&ended);
    assert!(reason.contains("come from the backup") && hint.contains("then resume"), "{reason} {hint}");
    assert_eq!(
        bed.ccu.count(CcuCall::Identity),
        3 + 3,
        "backup, preflight, safety backup, then three in a row"
    );
}

#[tokio::test]
async fn another_central_at_the_address_afterwards_interrupts_the_restore() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.after_restart(|ccu| ccu.set_facts(facts("3014F711A0001F0000000009", "3.87.6")));
    let ended = bed.restored(&backup).await;
    assert!(interruption(&ended).0.contains("another central answers"), "{ended:?}");
}

#[tokio::test]
async fn the_key_goes_to_the_central_and_never_on_record() {
    let bed = Bed::new();
    bed.ccu.set_security_key(Some("Geheim_123"));
    bed.ccu.set_state("good times");
    let backup = bed.backed_up("a").await;
    assert_eq!(backup.contents.as_ref().unwrap().key_index, Some(1));
    bed.ccu.set_state("bad times");
    let (consent, key) = (consent(), SecretText::new("Geheim_123"));
    let record = bed.queued_restore(&backup).await;
    let order = RestoreOrder { security_key: Some(&key), ..order(&backup, &consent, None) };
    let ended = bed.restore().run(record, order).await.unwrap();
    assert!(matches!(ended.state, CcuRestoreState::Completed { .. }), "{ended:?}");
    assert_eq!(bed.ccu.state(), "good times");
    let told = format!("{:?} {:?}", bed.watched.restores.lock().unwrap(), bed.progress.reports());
    assert!(!told.contains("Geheim"));
    assert!(!format!("{:?}", bed.store.list_ccu_restores().await.unwrap()).contains("Geheim"));
}
