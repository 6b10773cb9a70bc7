//! Cases of the bootstrap configuration: which source wins, and which file is refused with which words.

use super::*;
use std::sync::Arc;

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new(yaml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.yaml"), yaml).unwrap();
        Self { folder }
    }

    fn load(&self, flag: Option<&str>, variable: Option<&str>) -> Result<Bootstrap, BootstrapError> {
        let config = self.folder.path().join("config.yaml");
        Bootstrap::load(&Sources {
            config: Some(&config),
            config_file: ConfigFile::MustExist,
            data_dir: flag.map(Path::new),
            environment: &|name| variable.filter(|_| name == DATA_DIR_VARIABLE).map(OsString::from),
        })
    }
}

#[test]
fn the_flag_wins_over_the_environment_and_that_over_the_file() {
    let case = Case::new("data_dir: /from/file\nlogging:\n  level: info\n");
    assert_eq!(case.load(None, None).unwrap().data_dir, Path::new("/from/file"));
    assert_eq!(case.load(None, Some("/from/env")).unwrap().data_dir, Path::new("/from/env"));
    assert_eq!(case.load(Some("/flag"), Some("/from/env")).unwrap().data_dir, Path::new("/flag"));
}

#[test]
fn a_file_without_the_key_means_the_default() {
    for yaml in ["", "# only a comment\n", "locale: de\n"] {
        assert_eq!(Case::new(yaml).load(None, None).unwrap().data_dir, Path::new("./var"), "{yaml:?}");
    }
}

#[test]
fn a_file_that_is_no_configuration_is_refused_by_name() {
    for yaml in ["data_dir: [1, 2]\n", "data_dir: ''\n", "- a\n- b\n", "a: b: c\n", "data_dir: {x: 1}\n"] {
        let refused = Case::new(yaml).load(None, None).unwrap_err().to_string();
        assert!(refused.contains("config.yaml"), "{yaml:?}: {refused}");
    }
}

#[test]
fn without_a_file_the_default_is_used() {
    let none = Bootstrap::load(&Sources {
        config: None,
        config_file: ConfigFile::MustExist,
        data_dir: None,
        environment: &|_| None,
    });
    assert_eq!(none.unwrap().data_dir, Path::new("./var"));
}

#[test]
fn a_missing_file_is_refused_unless_a_restore_names_the_data_dir() {
    let missing = |data_dir: Option<&str>, config_file| {
        Bootstrap::load(&Sources {
            config: Some(Path::new("/nowhere/config.yaml")),
            config_file,
            data_dir: data_dir.map(Path::new),
            environment: &|_| None,
        })
    };
    assert!(matches!(missing(Some("/d"), ConfigFile::MustExist), Err(BootstrapError::Missing(_))));
    assert!(matches!(missing(None, ConfigFile::MayBeMissing), Err(BootstrapError::NoDataDir(_))));
    assert_eq!(missing(Some("/d"), ConfigFile::MayBeMissing).unwrap().config_bytes, None);
}

#[test]
fn a_slip_in_what_seals_is_refused_where_archives_are_taken_and_nowhere_else() {
    for yaml in ["state_backup: {}\n", "state_backups: {recipient: [a]}\n", "keys: {kms: {id: x}}\n"] {
        let bootstrap = Case::new(yaml).load(None, None).unwrap();
        bootstrap.state_backups_dir().unwrap();
        let refused = bootstrap.sealing().unwrap_err().to_string();
        assert!(refused.contains("line 1") && refused.contains("is no known setting"), "{refused}");
    }
    Case::new("loging: {}\n").load(None, None).unwrap().sealing().unwrap();
}

/// Folders in which a daemon may find its file.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cwd", "home/.config/openccu-loom", "system", "data"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        for (name, yaml) in files {
            std::fs::write(folder.path().join(name).join("config.yaml"), yaml).unwrap();
        }
        Self(folder)
    }

    fn looked_at<T>(&self, home: &Path, look: impl FnOnce(&Inputs<'_>, &Path) -> T) -> T {
        let path = |name: &str| self.0.path().join(name);
        let home = home.as_os_str().to_owned();
        let environment: crate::wire::Environment =
            Arc::new(move |name| (name == "HOME").then(|| home.clone()));
        let (working_dir, system_dir) = (&path("cwd"), &path("system"));
        let inputs = Inputs { config: None, environment: &environment, working_dir, system_dir };
        look(&inputs, &path("data"))
    }

    fn check_as(&self, home: &Path) -> Result<(), BootstrapError> {
        self.looked_at(home, check_unnamed_seal)
    }

    fn check(&self) -> Result<(), BootstrapError> {
        self.check_as(&self.0.path().join("home"))
    }
}

/// What a backup without a named file is told where a daemon would find this one.
fn unnamed_seal(yaml: &str) -> Result<(), BootstrapError> {
    Machine::new(&[("system", yaml)]).check()
}

const SEALS: &str = "state_backups: {seal: master-key}\n";

#[test]
fn a_file_that_seals_counts_wherever_a_daemon_may_find_it_and_whatever_lies_before_it() {
    for sealing in ["cwd", "home/.config/openccu-loom", "system", "data"] {
        let mut files =
            vec![("cwd", "{}\n"), ("home/.config/openccu-loom", "locale: de\n"), ("system", "{}\n")];
        files.push((sealing, SEALS));
        let refused = Machine::new(&files).check().unwrap_err();
        let BootstrapError::UnnamedSeal(path) = &refused else { panic!("{sealing}: {refused}") };
        assert!(path.ends_with(&format!("{sealing}/config.yaml")), "{path}");
    }
    Machine::new(&[("cwd", "{}\n"), ("system", "{}\n"), ("data", "state_backups: {seal: none}\n")])
        .check()
        .unwrap();
}

#[test]
fn a_file_that_nobody_named_and_that_seals_stops_a_backup_that_would_stay_open() {
    for yaml in ["state_backups: {recipients: [age1x]}\n", "state_backups: {seal: master-key}\n"] {
        let refused = unnamed_seal(yaml).unwrap_err();
        assert!(matches!(refused, BootstrapError::UnnamedSeal(_)), "{yaml}: {refused}");
        assert!(refused.to_string().contains("/config.yaml`, which has archives sealed"), "{refused}");
    }
    for yaml in
        ["", "data_dir: /elsewhere\n", "state_backups: {format: zip}\n", "state_backups: {seal: none}\n"]
    {
        unnamed_seal(yaml).unwrap();
    }
}

#[test]
fn a_file_that_nobody_named_and_that_may_seal_stops_it_too() {
    for yaml in [
        "a: b: c\n",
        "state_backup: {}\n",
        "state_backups: {seal: gpg}\n",
        "state_backups: {seal: recipients}\n",
    ] {
        let refused = unnamed_seal(yaml).unwrap_err();
        assert!(matches!(refused, BootstrapError::UnknownSeal(_)), "{yaml}: {refused}");
        let said = refused.to_string();
        assert!(said.contains("--seal none") && said.matches("hint:").count() == 1, "{said}");
    }
    let environment: crate::wire::Environment =
        Arc::new(|name| (name == "OPENCCU_LOOM_CONFIG").then(|| "/nowhere/config.yaml".into()));
    let refused =
        check_unnamed_seal(&Inputs::new(None, &environment), Path::new("/nowhere")).unwrap_err().to_string();
    assert!(refused.contains("`/nowhere/config.yaml` does not exist"), "{refused}");
}

#[test]
fn a_file_of_another_program_in_the_current_folder_is_none_of_a_daemons() {
    let tagged = "secret: !secret password\n";
    let said = |files: &[(&str, &str)]| Machine::new(files).check().map_err(|refused| refused.to_string());
    let broken = "a: b: c\n";
    for yaml in [tagged, broken] {
        said(&[("cwd", yaml)]).unwrap();
        said(&[("cwd", yaml), ("system", SEALS)]).unwrap_err();
        said(&[("cwd", yaml), ("data", SEALS)]).unwrap_err();
    }
    for place in ["home/.config/openccu-loom", "system", "data"] {
        said(&[(place, broken)]).unwrap_err();
    }
    said(&[("cwd", "a: b: c\nstate_backups: {seal: none}\n")]).unwrap_err();
}

#[test]
fn a_file_that_keeps_archives_elsewhere_counts_wherever_a_daemon_may_find_it() {
    let check = |machine: &Machine, given: Option<&str>| {
        machine.looked_at(&machine.0.path().join("home"), |inputs, data_dir| {
            check_unnamed_archives(inputs, data_dir, given.map(Path::new))
        })
    };
    for place in ["cwd", "home/.config/openccu-loom", "system", "data"] {
        let machine = Machine::new(&[(place, "state_backups: {dir: /mnt/usb}\n")]);
        for given in [None, Some("/mnt/other")] {
            let refused = check(&machine, given).unwrap_err();
            let BootstrapError::UnnamedArchives { path, folder } = &refused else { panic!("{refused}") };
            assert!(path.ends_with(&format!("{place}/config.yaml")) && folder == "/mnt/usb", "{refused}");
        }
        check(&machine, Some("/mnt/usb/")).unwrap();
    }
    for (name, yaml) in [("cwd", "{}\n"), ("system", "state_backups: {keep: 3}\n"), ("cwd", "a: b: c\n")] {
        check(&Machine::new(&[(name, yaml)]), None).unwrap();
    }
    let refused = check(&Machine::new(&[("system", "a: b: c\n")]), Some("/mnt/usb")).unwrap_err();
    assert!(matches!(refused, BootstrapError::UnknownArchives(_)), "{refused}");
    assert_eq!(refused.to_string().matches("hint:").count(), 1, "{refused}");
}

#[test]
fn a_home_that_is_none_has_no_file() {
    Machine::new(&[]).check_as(Path::new("/dev/null")).unwrap();
    let refused = Machine::new(&[("data", SEALS)]).check_as(Path::new("/dev/null")).unwrap_err();
    assert!(matches!(refused, BootstrapError::UnnamedSeal(_)), "{refused}");
}

#[test]
fn a_file_of_variables_counts_wherever_a_daemon_may_find_the_file_that_names_it() {
    let machine = Machine::new(&[
        ("cwd", "a: b: c\n"),
        ("system", "env_file: of-system.env\n"),
        ("data", "env_file: loom.env\n"),
    ]);
    let bootstrap = machine.looked_at(Path::new("/nowhere"), |inputs, data_dir| {
        let sources = Sources {
            config: None,
            config_file: ConfigFile::MustExist,
            data_dir: Some(data_dir),
            environment: &|_| None,
        };
        Bootstrap::load(&sources).unwrap().with_unnamed_env_files(inputs)
    });
    let found: Vec<_> = bootstrap.env_files.iter().map(MemberPath::as_str).collect();
    assert!(found.contains(&"loom.env") && found.contains(&"of-system.env"), "{found:?}");
}
