//! Holds the contracts in the ports' docs and the suites together: a line without a case, a case without a line, or
//! a case that no adapter runs fails here.

/// The `# Contract` lines of a port file, in order, each joined to one line.
fn contract_lines(port: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut inside = false;
    for line in port.lines() {
        let Some(doc) = line.strip_prefix("///") else {
            inside = false;
            continue;
        };
        if doc.starts_with(" # ") {
            inside = doc.starts_with(" # Contract");
        } else if let Some(claim) = doc.strip_prefix(" - ").filter(|_| inside) {
            lines.push(claim.to_owned());
        } else if let (true, Some(more), Some(last)) = (inside, doc.strip_prefix("   "), lines.last_mut()) {
            last.push(' ');
            last.push_str(more.trim());
        }
    }
    lines
}

/// The cases of a suite file, in order: their docs and their names.
fn cases(suite: &str) -> (Vec<String>, Vec<&str>) {
    let mut docs: Vec<String> = Vec::new();
    let mut found = (Vec::new(), Vec::new());
    for line in suite.lines() {
        if let Some(doc) = line.strip_prefix("/// ") {
            docs.push(doc.to_owned());
            continue;
        }
        if let Some((name, _)) =
            line.strip_prefix("pub async fn ").and_then(|rest| rest.split_once(['(', '<']))
        {
            found.0.push(docs.join(" "));
            found.1.push(name);
        }
        docs.clear();
    }
    found
}

/// The names in the list that the suite's macro turns into tests.
fn listed(suite: &str) -> Vec<&str> {
    let from_macro = suite.split_once("$crate::contract_cases!(").map_or("", |(_, after)| after);
    let from_list = from_macro.split_once('[').map_or("", |(_, after)| after);
    let list = from_list.split_once(']').map_or("", |(before, _)| before);
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// The port files of a suite, one after another: those that are named, or the one of its own name.
macro_rules! ports {
    ($role:ident) => {
        include_str!(concat!("../../../domain/src/ports/", stringify!($role), ".rs"))
    };
    ($role:ident $($port:ident)+) => {
        concat!($(include_str!(concat!("../../../domain/src/ports/", stringify!($port), ".rs"))),+)
    };
}

macro_rules! suites {
    ($($role:ident $(from [$($more:literal),+])? $(of [$($port:ident),+])?),+ $(,)?) => {
        $(#[test]
        fn $role() {
            let suite = concat!(include_str!(concat!("../src/", stringify!($role), ".rs")) $($(, include_str!($more))+)?);
            let port = ports!($role $($($port)+)?);
            let (docs, names) = cases(suite);
            assert!(!docs.is_empty());
            assert_eq!(docs, contract_lines(port), "left: the suite, right: the port");
            assert_eq!(names, listed(suite), "left: the cases, right: the list that becomes tests");
        })+
    };
}

suites!(
    archive_shelf,
    archive_sink,
    archive_source,
    audit_log,
    ccu_backup_files,
    ccu_backups,
    ccu_gateway of [ccu_identity, ccu_system_backup, ccu_security_key, ccu_devices, ccu_diagnosis],
    ccu_restoring,
    ccu_restores,
    centrals,
    config_batches,
    config_sections,
    data_dir_files,
    database_judge,
    devices,
    interfaces,
    key_provider,
    key_switch,
    key_vault,
    key_wrapping,
    last_seen,
    matter_fabrics,
    paramsets,
    passwords,
    resealing,
    restore_target from ["../src/restore_target/cases.rs", "../src/restore_target/afterwards.rs"],
    sessions,
    snapshots,
    staging_area,
    tokens,
    users,
);
