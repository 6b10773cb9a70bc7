//! Passing whole roles of the state store through a decorator that has nothing to add to them.
//!
//! Every signature stands here once, however many decorators there are. Does NOT change a call.

/// Implements roles for a decorator that is generic over the store in its field `inner`.
macro_rules! pass_through {
    ($decorator:ident: $($role:ident),+ $(,)?) => {
        $($crate::pass_through::pass_through!(@$role $decorator);)+
    };
    (@Users $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::Users {
            fn list_users() -> Vec<$crate::account::User>;
            fn find_user(subject: &$crate::account::Subject) -> Option<$crate::account::User>;
            fn create_user(user: &$crate::account::User) -> ();
            fn update_user(user: &$crate::account::User) -> ();
            fn remove_user(subject: &$crate::account::Subject) -> ();
        });
    };
    (@Tokens $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::Tokens {
            fn list_tokens() -> Vec<$crate::account::Token>;
            fn find_token(token_hash: &str) -> Option<$crate::account::Token>;
            fn create_token(token: &$crate::account::Token) -> ();
            fn remove_token(fingerprint: &str) -> ();
            fn remove_tokens_of(subject: &$crate::account::Subject) -> u64;
        });
    };
    (@Sessions $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::Sessions {
            fn find_session(id: &$crate::secret::SecretText) -> Option<$crate::account::Session>;
            fn create_session(session: &$crate::account::Session) -> ();
            fn remove_session(id: &$crate::secret::SecretText) -> ();
            fn remove_sessions_of(subject: &$crate::account::Subject) -> u64;
            fn remove_expired_sessions(now: jiff::Timestamp) -> u64;
        });
    };
    (@LastSeen $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::LastSeen {
            fn note_users_seen(seen: &[($crate::account::Subject, jiff::Timestamp)]) -> ();
            fn note_tokens_seen(seen: &[(String, jiff::Timestamp)]) -> ();
        });
    };
    (@CcuBackups $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::CcuBackups {
            fn list_ccu_backups() -> Vec<$crate::ccu_backup::CcuBackup>;
            fn find_ccu_backup(
                id: &$crate::ccu_backup::CcuBackupId
            ) -> Option<$crate::ccu_backup::CcuBackup>;
            fn create_ccu_backup(backup: &$crate::ccu_backup::CcuBackup) -> ();
            fn update_ccu_backup(backup: &$crate::ccu_backup::CcuBackup) -> ();
            fn remove_ccu_backup(id: &$crate::ccu_backup::CcuBackupId) -> ();
        });
    };
    (@Devices $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::Devices {
            fn list_devices(interface: &$crate::device::InterfaceRef) -> Vec<$crate::device::Device>;
            fn find_device(
                interface: &$crate::device::InterfaceRef, address: &str
            ) -> Option<$crate::device::Device>;
            fn put_devices(devices: &[$crate::device::Device]) -> ();
            fn remove_device(interface: &$crate::device::InterfaceRef, address: &str) -> u64;
            fn list_interfaces() -> Vec<$crate::device::InterfaceRef>;
        });
    };
    (@Paramsets $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::Paramsets {
            fn find_paramset(id: &$crate::device::ParamsetId) -> Option<$crate::device::Paramset>;
            fn list_paramsets(
                interface: &$crate::device::InterfaceRef, channel_address: &str
            ) -> Vec<$crate::device::Paramset>;
            fn put_paramsets(paramsets: &[$crate::device::Paramset]) -> ();
            fn remove_paramsets_of(interface: &$crate::device::InterfaceRef) -> u64;
            fn count_paramsets() -> $crate::ports::ParamsetCounts;
        });
    };
    (@AuditLog $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::AuditLog {
            fn append_audit(entry: &$crate::audit::AuditEntry) -> i64;
            fn query_audit(filter: &$crate::audit::AuditFilter) -> Vec<$crate::audit::RecordedEntry>;
        });
    };
    (@MatterFabrics $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::MatterFabrics {
            fn list_fabrics() -> Vec<$crate::fabric::Fabric>;
            fn create_fabric(fabric: &$crate::fabric::Fabric) -> ();
            fn remove_fabric(index: $crate::fabric::FabricIndex) -> ();
        });
    };
    (@MatterIdentities $decorator:ident) => {
        $crate::pass_through::forward!($decorator, $crate::ports::MatterIdentities {
            fn find_identity(index: $crate::fabric::FabricIndex) -> Option<$crate::fabric::NodeIdentity>;
            fn put_identity(identity: &$crate::fabric::NodeIdentity) -> ();
            fn list_acl(index: $crate::fabric::FabricIndex) -> Vec<$crate::fabric::AclEntry>;
            fn put_acl(
                index: $crate::fabric::FabricIndex, entries: &[$crate::fabric::AclEntry]
            ) -> ();
        });
    };
}

/// Implements one role by calling the method of the same name on `inner`.
macro_rules! forward {
    ($decorator:ident, $role:path {
        $(fn $method:ident($($argument:ident: $type:ty),*) -> $output:ty;)+
    }) => {
        #[async_trait::async_trait]
        impl<S: $role + ?Sized> $role for $decorator<S> {
            $(async fn $method(&self, $($argument: $type),*) -> Result<$output, $crate::ports::StoreError> {
                self.inner.$method($($argument),*).await
            })+
        }
    };
}

pub(crate) use {forward, pass_through};
