//! Master keys wrapped by a token: SoftHSM2, a token in software that others wrote.
//!
//! Its library finds its tokens by a variable of its process, so the cases run in processes of their own. Does NOT touch the
//! environment of the test process.

#![expect(clippy::unwrap_used, reason = "a token that cannot be made fails the case")]

mod claims;
mod making;
mod preparing;

use loom_adapter_keys::{PIN_VARIABLE, Pkcs11Settings, Pkcs11Wrapping};
use loom_domain::secret::MasterKey;
use std::path::PathBuf;
use std::process::Command;

const CONFIGURATION: &str = "SOFTHSM2_CONF";
const PIN: &str = "1234";

fn key() -> MasterKey {
    MasterKey::from_bytes([0xa7; 32])
}

fn module() -> PathBuf {
    let known = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"].map(PathBuf::from);
    let found = known.iter().find(|path| path.exists());
    found.unwrap_or(&known[0]).clone()
}

fn wrapping(token: &str, key_label: &str, pin: Option<&'static str>) -> Pkcs11Wrapping {
    let settings = Pkcs11Settings {
        module: Some(module()),
        token: Some(token.to_owned()),
        key_label: Some(key_label.to_owned()),
        pin_file: None,
    };
    Pkcs11Wrapping::new(settings, move |name| pin.filter(|_| name == PIN_VARIABLE).map(Into::into))
}

#[test]
#[ignore = "needs SoftHSM2"]
fn a_token_in_software_keeps_every_claim() {
    let folder = tempfile::tempdir().unwrap();
    let (tokens, configuration) = (folder.path().join("tokens"), folder.path().join("softhsm2.conf"));
    std::fs::create_dir(&tokens).unwrap();
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&configuration, text).unwrap();
    let run = |command: &mut Command| {
        let done = command.env(CONFIGURATION, &configuration).env_remove(PIN_VARIABLE).output().unwrap();
        let said =
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command:?}: {said}");
        said
    };
    for label in ["loom", "twin", "twin"] {
        let arguments = ["--init-token", "--free", "--label", label, "--so-pin", "5678", "--pin", PIN];
        run(Command::new("softhsm2-util").args(arguments));
    }
    for cases in ["preparing::", "claims::", "making::"] {
        let said = run(Command::new(std::env::current_exe().unwrap()).args(["--ignored", cases]));
        assert!(!said.contains("running 0 tests"), "{said}");
    }
}
