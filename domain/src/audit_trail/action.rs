//! The words of what is audited. Clients filter by them, so a word once given stays.
//!
//! Does NOT hold what the log of an earlier daemon may contain: the set is open to readers.
//! Failed logins have no word: anybody could fill the disk with them. They are logged and counted.

macro_rules! actions {
    ($($variant:ident = $word:literal),+ $(,)?) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction {
            $(#[doc = concat!("`", $word, "`.")] $variant,)+
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word that is stored and sent.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

actions! {
    Login = "login",
    Logout = "logout",
    Setup = "setup",
    PasswordChange = "password_change",
    TokenCreate = "token_create",
    TokenRevoke = "token_revoke",
    UserCreate = "user_create",
    UserUpdate = "user_update",
    UserDelete = "user_delete",
    ConfigSectionUpdate = "config_section_update",
    ConfigSectionDelete = "config_section_delete",
    ConfigFieldReset = "config_field_reset",
    ConfigExport = "config_export",
    ConfigImport = "config_import",
    CentralCreate = "central_create",
    CentralUpdate = "central_update",
    CentralDelete = "central_delete",
    BackupTrigger = "backup_trigger",
    BackupUpload = "backup_upload",
    BackupDownload = "backup_download",
    BackupRestore = "backup_restore",
    BackupDelete = "backup_delete",
    BackupCancel = "backup_cancel",
    BackupVerify = "backup_verify",
    BackupPreUpdate = "backup_pre_update",
    RestoreResume = "restore_resume",
    CentralTest = "central_test",
    CentralRefresh = "central_refresh",
    StateBackupCreate = "state_backup_create",
    StateBackupVerify = "state_backup_verify",
    StateBackupDownload = "state_backup_download",
    StateBackupDelete = "state_backup_delete",
    KeyRotate = "key_rotate",
    KeyWrap = "key_wrap",
    KeyUnwrap = "key_unwrap",
    KeyRetire = "key_retire",
    MatterFabricRevoke = "matter_fabric_revoke",
    MatterFactoryReset = "matter_factory_reset",
    MatterExposureUpdate = "matter_exposure_update",
    MatterExposureBulk = "matter_exposure_bulk",
    TlsCertUpload = "tls_cert_upload",
    CacheClear = "cache_clear",
    IncidentsClear = "incidents_clear",
    RestartRequested = "system.restart_requested",
    LoggingOverrideSet = "logging.override_set",
    LoggingOverrideReset = "logging.override_reset",
    LoggingDefaultLevelSet = "logging.default_level_set",
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_actions_have_one_word() {
        let words: BTreeSet<_> = AuditAction::ALL.iter().map(|action| action.word()).collect();
        assert_eq!(words.len(), AuditAction::ALL.len());
    }
}
