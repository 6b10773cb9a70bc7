//! Passing whole roles of the state store through a decorator that changes nothing about their calls.
//!
//! Every signature stands here once, however many decorators there are, and with it whether the method reads or writes.
//! Does NOT change a call.

/// Implements roles for a decorator that is generic over the store in its field `inner`.
///
/// With `observed` behind its name, calls run inside its methods `read` and `write`.
macro_rules! pass_through {
    ($decorator:ident: $($role:ident),+ $(,)?) => {
        $($crate::pass_through::pass_through!(@$role $decorator untouched);)+
    };
    ($decorator:ident observed: $($role:ident),+ $(,)?) => {
        $($crate::pass_through::pass_through!(@$role $decorator observed);)+
    };
    (@Centrals $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way Centrals {
            read fn list_centrals() -> Vec<$crate::central::Central>;
            read fn find_central(name: &$crate::central::CentralName) -> Option<$crate::central::Central>;
            write fn put_central(central: &$crate::central::Central) -> ();
            write fn remove_central(name: &$crate::central::CentralName) -> ();
        });
    };
    (@ConfigSections $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way ConfigSections {
            read fn list_sections() -> Vec<$crate::config_section::ConfigSection>;
            read fn find_section(name: &str) -> Option<$crate::config_section::ConfigSection>;
            write fn write_section(write: &$crate::config_section::SectionWrite) -> i64;
            write fn remove_section(name: &str) -> bool;
        });
    };
    (@ConfigBatches $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way ConfigBatches {
            write fn apply_config(batch: &$crate::config_batch::ConfigBatch) -> Vec<i64>;
            read fn seeded_at() -> Option<jiff::Timestamp>;
        });
    };
    (@Users $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way Users {
            read fn list_users() -> Vec<$crate::account::User>;
            read fn find_user(subject: &$crate::account::Subject) -> Option<$crate::account::User>;
            write fn create_user(user: &$crate::account::User) -> ();
            write fn update_user(user: &$crate::account::User) -> ();
            write fn remove_user(subject: &$crate::account::Subject) -> ();
        });
    };
    (@Tokens $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way Tokens {
            read fn list_tokens() -> Vec<$crate::account::Token>;
            read fn find_token(token_hash: &str) -> Option<$crate::account::Token>;
            write fn create_token(token: &$crate::account::Token) -> ();
            write fn remove_token(fingerprint: &str) -> ();
            write fn remove_tokens_of(subject: &$crate::account::Subject) -> u64;
        });
    };
    (@Sessions $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way Sessions {
            read fn find_session(id: &$crate::secret::SecretText) -> Option<$crate::account::Session>;
            write fn create_session(session: &$crate::account::Session) -> ();
            write fn remove_session(id: &$crate::secret::SecretText) -> ();
            write fn remove_sessions_of(subject: &$crate::account::Subject) -> u64;
            write fn remove_expired_sessions(now: jiff::Timestamp) -> u64;
        });
    };
    (@LastSeen $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way LastSeen {
            write fn note_users_seen(seen: &[($crate::account::Subject, jiff::Timestamp)]) -> ();
            write fn note_tokens_seen(seen: &[(String, jiff::Timestamp)]) -> ();
        });
    };
    (@CcuBackups $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way CcuBackups {
            read fn list_ccu_backups() -> Vec<$crate::ccu_backup::CcuBackup>;
            read fn find_ccu_backup(
                id: &$crate::ccu_backup::CcuBackupId
            ) -> Option<$crate::ccu_backup::CcuBackup>;
            write fn create_ccu_backup(backup: &$crate::ccu_backup::CcuBackup) -> ();
            write fn update_ccu_backup(backup: &$crate::ccu_backup::CcuBackup) -> ();
            write fn remove_ccu_backup(id: &$crate::ccu_backup::CcuBackupId) -> ();
        });
    };
    (@CcuRestores $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way CcuRestores {
            read fn list_ccu_restores() -> Vec<$crate::ccu_restore::CcuRestore>;
            read fn find_ccu_restore(
                id: &$crate::ccu_restore::CcuRestoreId
            ) -> Option<$crate::ccu_restore::CcuRestore>;
            write fn create_ccu_restore(restore: &$crate::ccu_restore::CcuRestore) -> ();
            write fn update_ccu_restore(restore: &$crate::ccu_restore::CcuRestore) -> ();
        });
    };
    (@Interfaces $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way Interfaces {
            read fn find_interface(
                interface: &$crate::device::InterfaceRef
            ) -> Option<$crate::device::CachedInterface>;
            write fn put_interface(interface: &$crate::device::CachedInterface) -> ();
            write fn drop_interface(interface: &$crate::device::InterfaceRef) -> ();
        });
    };
    (@Devices $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way Devices {
            read fn list_devices(interface: &$crate::device::InterfaceRef) -> Vec<$crate::device::Device>;
            read fn find_device(
                interface: &$crate::device::InterfaceRef, address: &str
            ) -> Option<$crate::device::Device>;
            write fn put_devices(devices: &[$crate::device::Device]) -> ();
            write fn remove_device(interface: &$crate::device::InterfaceRef, address: &str) -> u64;
            read fn list_interfaces() -> Vec<$crate::device::InterfaceRef>;
        });
    };
    (@Paramsets $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way Paramsets {
            read fn find_paramset(id: &$crate::device::ParamsetId) -> Option<$crate::device::Paramset>;
            read fn list_paramsets(
                interface: &$crate::device::InterfaceRef, channel_address: &str
            ) -> Vec<$crate::device::Paramset>;
            write fn put_paramsets(paramsets: &[$crate::device::Paramset]) -> ();
            write fn remove_paramsets_of(interface: &$crate::device::InterfaceRef) -> u64;
            read fn count_paramsets() -> $crate::ports::ParamsetCounts;
        });
    };
    (@AuditLog $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way AuditLog {
            write fn append_audit(entry: &$crate::audit::AuditEntry) -> i64;
            read fn query_audit(filter: &$crate::audit::AuditFilter) -> Vec<$crate::audit::RecordedEntry>;
        });
    };
    (@Resealing $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way Resealing {
            read fn visit_secrets(visitor: std::sync::Arc<dyn $crate::ports::SecretVisitor>) -> ();
            write fn reseal(
                resealer: std::sync::Arc<dyn $crate::ports::Resealer>, record: &$crate::ports::ResealRecord
            ) -> $crate::ports::Resealed;
            write fn rule_out(record: &$crate::ports::ResealRecord) -> bool;
            read fn resealed_with() -> Option<$crate::secret::KeyFingerprint>;
        });
    };
    (@MatterFabrics $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way MatterFabrics {
            read fn list_fabrics() -> Vec<$crate::fabric::Fabric>;
            write fn create_fabric(fabric: &$crate::fabric::Fabric) -> ();
            write fn remove_fabric(index: $crate::fabric::FabricIndex) -> ();
        });
    };
    (@MatterIdentities $decorator:ident $way:ident) => {
        $crate::pass_through::forward!($decorator $way MatterIdentities {
            read fn find_identity(index: $crate::fabric::FabricIndex) -> Option<$crate::fabric::NodeIdentity>;
            write fn put_identity(identity: &$crate::fabric::NodeIdentity) -> ();
            read fn list_acl(index: $crate::fabric::FabricIndex) -> Vec<$crate::fabric::AclEntry>;
            write fn put_acl(
                index: $crate::fabric::FabricIndex, entries: &[$crate::fabric::AclEntry]
            ) -> ();
        });
    };
}

/// Implements one role by calling the method of the same name on `inner`.
macro_rules! forward {
    ($decorator:ident $way:ident $role:ident {
        $($access:ident fn $method:ident($($argument:ident: $type:ty),*) -> $output:ty;)+
    }) => {
        #[async_trait::async_trait]
        impl<S: $crate::ports::$role + ?Sized> $crate::ports::$role for $decorator<S> {
            $(async fn $method(&self, $($argument: $type),*) -> Result<$output, $crate::ports::StoreError> {
                let call = self.inner.$method($($argument),*);
                $crate::pass_through::called!($way $access self $role $method call)
            })+
        }
    };
}

/// Waits for one call, in the way of the decorator.
macro_rules! called {
    (untouched $access:ident $self:ident $role:ident $method:ident $call:ident) => {
        $call.await
    };
    (observed $access:ident $self:ident $role:ident $method:ident $call:ident) => {
        $self
            .$access(
                $crate::observed_store::StoreCall { role: stringify!($role), method: stringify!($method) },
                $call,
            )
            .await
    };
}

pub(crate) use {called, forward, pass_through};
