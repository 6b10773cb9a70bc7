//! What is asked of a central in memory: the names of the calls that are counted, held up or failed.
//!
//! Does NOT answer any of them.

/// One method of a central's roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CcuCall {
    /// `CcuIdentity::identity`.
    Identity,
    /// `CcuIdentity::is_ready`.
    IsReady,
    /// `CcuIdentity::farewell`; it is counted, and nothing holds it up.
    Farewell,
    /// `CcuSystemBackup::create_system_backup`.
    CreateSystemBackup,
    /// One more chunk of a system backup.
    NextChunk,
    /// `CcuSecurityKey::has_security_key`.
    HasSecurityKey,
    /// `CcuSecurityKey::is_security_key`.
    IsSecurityKey,
    /// `CcuRestoring::offer_system_backup`.
    OfferSystemBackup,
    /// `CcuRestoring::apply_offer`.
    ApplyOffer,
    /// `CcuRestoring::restart`.
    Restart,
    /// `CcuRestoring::up_for`.
    UpFor,
    /// `CcuRestoring::revive`.
    Revive,
    /// `CcuDevices::list_interfaces`.
    ListInterfaces,
    /// `CcuDevices::list_ccu_devices`.
    ListCcuDevices,
    /// `CcuDevices::describe_paramset`.
    DescribeParamset,
    /// `CcuDiagnosis::diagnose`.
    Diagnose,
}
