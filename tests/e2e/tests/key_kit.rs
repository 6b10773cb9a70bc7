//! The emergency sheet: what it says opens archives of every kind, with the tools it names and with the program, on a
//! machine that has nothing but the archive, the sheet and the secret it asks for.
//!
//! Does NOT look at how a sheet is drawn (`loom-app`).
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::age_keys::OFFICE;
use loom_e2e::contents::Contents;
use loom_e2e::daemon::DaemonFolder;
use loom_e2e::run::{Outcome, run};
use loom_e2e::sealing::key_file;
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const LANGUAGES: [&str; 2] = ["en", "de"];

fn sheet(story: &Story, flags: &str) -> String {
    story.run(&format!("key kit --config config.yaml {flags}")).exits(0).text()
}

/// The commands of a sheet, each behind the line that says what it is for.
fn commands(sheet: &str) -> Vec<(String, String)> {
    let lines: Vec<_> = sheet.lines().collect();
    let pairs = lines.windows(3).filter_map(|lines| match lines {
        ["", purpose, command] if !purpose.starts_with(' ') => {
            Some(((*purpose).to_owned(), command.strip_prefix("    ")?.to_owned()))
        }
        _ => None,
    });
    pairs.collect()
}

#[track_caller]
fn command_for(sheet: &str, ending: &str) -> String {
    let found = commands(sheet).into_iter().find(|(purpose, _)| purpose.split(' ').next() == Some(ending));
    assert!(found.is_some(), "no command for `{ending}`:\n{sheet}");
    found.unwrap().1
}

/// Another machine: an empty folder with the archive and what else its owner has.
fn elsewhere(story: &Story, archive: &Path, more: &[(&str, &str)]) -> PathBuf {
    let folder = story.path("elsewhere");
    _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    fs::copy(archive, folder.join("ARCHIVE")).unwrap();
    for (name, text) in more {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

/// What came out of an archive is the state, without a key if the archive leaves that out.
#[track_caller]
fn assert_is_the_state(story: &Story, opened: &Path, with_key: bool) {
    let mut state = Contents::of(&story.data());
    if !with_key {
        state.0.remove("secret.key").unwrap();
    }
    assert_eq!(Contents::of(opened), state);
}

/// Opens one archive as both sheets say.
#[track_caller]
fn opens(flags: &str, ending: &str, more: &[(&str, &str)], with_key: bool) {
    let story = Story::default();
    let archive = format!("archive{ending}");
    story.run(&format!("backup create --config config.yaml --out {archive} {flags}")).exits(0);
    for language in LANGUAGES {
        let folder = elsewhere(&story, &story.path(&archive), more);
        shell(&folder, &command_for(&sheet(&story, &format!("--language {language}")), ending));
        assert_is_the_state(&story, &folder.join("state"), with_key);
    }
}

/// The program on the last page.
fn program(sheet: &str) -> String {
    let (_, page) = sheet.split_once("open_oclbak.py\n-").unwrap();
    let lines = page.lines().skip_while(|line| !line.starts_with("    "));
    let program = lines.take_while(|line| line.is_empty() || line.starts_with("    "));
    program.map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n").collect()
}

#[test]
fn open_archives_open_as_the_sheet_says() {
    opens("--format tar.gz", ".tar.gz", &[], true);
    opens("--format tar.zst", ".tar.zst", &[], true);
    opens("--format zip", ".zip", &[], true);
}

#[test]
#[ignore = "needs age"]
fn archives_for_a_recipient_open_as_the_sheet_says() {
    let identity = [("identity.txt", OFFICE.file)];
    let recipient = format!("--recipient {}", OFFICE.recipient);
    opens(&format!("--format tar.gz {recipient}"), ".tar.gz.age", &identity, true);
    opens(&format!("--format tar.zst {recipient}"), ".tar.zst.age", &identity, true);
    opens(&format!("--format zip {recipient}"), ".zip.age", &identity, true);
}

#[test]
#[ignore = "needs age"]
fn archives_for_a_passphrase_open_as_the_sheet_says() {
    let story = Story::default();
    story.write("phrase.txt", "seven words of a dice list\n");
    story.run("backup create --config config.yaml --out archive --passphrase-file phrase.txt").exits(0);
    let folder = elsewhere(&story, &story.path("archive"), &[("phrase.txt", "seven words of a dice list\n")]);
    let command = command_for(&sheet(&story, ""), ".tar.gz.age").replace(" -i identity.txt", "");
    // age asks on the terminal, so there has to be one.
    shell(&folder, &format!("script -qec {command:?} /dev/null < phrase.txt"));
    assert_is_the_state(&story, &folder.join("state"), true);
}

#[test]
#[ignore = "needs Python with cryptography"]
fn archives_for_the_master_key_open_with_the_program_on_the_sheet() {
    let story = Story::default();
    let (key, program) = (key_file(story.state().key()), program(&sheet(&story, "--language de")));
    let more = [("secret.key", key.as_str()), ("open_oclbak.py", program.as_str())];
    opens("--seal master-key", ".tar.gz.oclbak", &more, false);
}

/// Takes an archive, makes the sheet, and restores elsewhere by the last command on it.
#[track_caller]
fn comes_back(create: &str, more: &[(&str, &str)], flags: &str, with_key: bool) -> (Story, PathBuf) {
    let story = Story::default();
    story.run(&format!("backup create --config config.yaml --out archive {create}")).exits(0);
    let folder = elsewhere(&story, &story.path("archive"), more);
    let before = Contents::of(&story.data());
    for language in LANGUAGES {
        let sheet = sheet(&story, &format!("--language {language}"));
        let on_sheet = commands(&sheet).into_iter().map(|(_, command)| command);
        let typed: Vec<_> = on_sheet.filter(|command| command.starts_with("openccu-loom backup ")).collect();
        assert_eq!(typed.len(), 2, "{typed:?}");
        for command in typed {
            let command = command.replace(" --identity identity.txt", flags);
            let words = command.replace(&story.data().display().to_string(), &format!("restored-{language}"));
            let mut command = story.command(words.strip_prefix("openccu-loom ").unwrap());
            run(command.current_dir(&folder)).exits(0);
        }
        let mut wanted = before.clone();
        if !with_key {
            wanted.0.remove("secret.key").unwrap();
        }
        assert_eq!(Contents::of(&folder.join(format!("restored-{language}"))), wanted);
    }
    (story, folder)
}

#[test]
fn sheet_and_identity_alone_bring_a_sealed_archive_back_on_another_machine() {
    let recipient = format!("--recipient {}", OFFICE.recipient);
    let more = [("identity.txt", OFFICE.file)];
    comes_back(&format!("--format tar.zst {recipient}"), &more, " --identity identity.txt", true);
}

#[test]
fn a_sheet_with_the_identity_is_all_that_is_needed_beside_the_archive() {
    let story = Story::default();
    story.write("identity.txt", OFFICE.file);
    let said = story.run("key kit --config config.yaml --include-secret --identity identity.txt");
    let sheet = said.exits(0).says("archives are not sealed for the recipient").text();
    let identity =
        sheet.lines().find_map(|line| line.trim().strip_prefix("AGE-SECRET-KEY-1").map(|_| line.trim()));
    let more = [("identity.txt", identity.unwrap())];
    comes_back(&format!("--recipient {}", OFFICE.recipient), &more, " --identity identity.txt", true);
}

#[test]
fn a_sheet_with_the_master_key_is_all_that_is_needed_beside_the_archive() {
    let story = Story::default();
    let sheet = with_master_key(&story, "").exits(0).text();
    let key = key_file(story.state().key());
    assert!(sheet.contains(key.trim()));
    let more = [("secret.key", key.as_str())];
    comes_back("--seal master-key", &more, " --key-file secret.key", false);
}

/// A run that says the key, as it was told to.
fn with_master_key(story: &Story, flags: &str) -> Outcome {
    run(&mut story.command(&format!("key kit --config config.yaml --include-secret {flags}")))
}

#[test]
fn no_format_holds_a_secret_that_was_not_asked_for_and_each_does_that_was() {
    let story = Story::default();
    let key = key_file(story.state().key());
    let holds = |sheet: &[u8]| sheet.windows(key.trim().len()).any(|part| part == key.trim().as_bytes());
    for language in LANGUAGES {
        for format in ["text", "svg", "pdf"] {
            let flags = format!("--language {language} --format {format}");
            let plain = run(&mut story.command(&format!("key kit --config config.yaml {flags}")));
            assert!(!holds(&plain.exits(0).stdout) && !plain.stderr.contains("in clear"), "{flags}");
            let secret = with_master_key(&story, &flags);
            assert!(holds(&secret.exits(0).stdout) && secret.stderr.contains("in clear"), "{flags}");
        }
    }
}

#[test]
fn a_sheet_is_written_for_its_owner_only_and_replaces_nothing() {
    let story = Story::default();
    with_master_key(&story, "--format pdf --out sheet.pdf")
        .exits(0)
        .says("emergency sheet written to sheet.pdf");
    let path = story.path("sheet.pdf");
    assert!(fs::read(&path).unwrap().starts_with(b"%PDF-1."));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    story.write("sheet.pdf", "mine");
    with_master_key(&story, "--out sheet.pdf").exits(6).says("`sheet.pdf` already exists");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn a_sheet_tells_recipients_of_the_configuration_by_their_fingerprints() {
    let story = Story::default();
    let config = fs::read_to_string(story.state().config()).unwrap();
    let recipients = format!("{config}\nstate_backups:\n  recipients: [{}]\n", OFFICE.recipient);
    fs::write(story.state().config(), recipients).unwrap();
    let told = sheet(&story, "");
    assert!(told.contains(OFFICE.recipient) && told.contains(OFFICE.fingerprint), "{told}");
    fs::write(story.state().config(), format!("{config}\nstate_backups:\n  recipients: [age1nobody]\n"))
        .unwrap();
    story.run("key kit --config config.yaml").exits(2).says("recipient number 1");
}

#[test]
fn a_sheet_that_cannot_be_is_refused_with_words() {
    let story = Story::default();
    story.run("key kit --data-dir nowhere").exits(2).says("nowhere` does not exist");
    story.run("key kit --config config.yaml --identity identity.txt").exits(2).says("--include-secret");
    story.write("identity.txt", "AGE-SECRET-KEY-1NONE\n");
    let broken = story.run("key kit --config config.yaml --include-secret --identity identity.txt");
    broken.exits(2).says("`identity.txt` line 1");
    assert!(!broken.words().contains("KEY-1NONE"));
    fs::remove_file(story.data().join("secret.key")).unwrap();
    story.run("key kit --config config.yaml").exits(0).says("no master key was found");
    story.run("key kit --config config.yaml --include-secret").exits(5).says("there is no master key here");
}

#[test]
fn after_a_rotation_the_sheet_tells_the_new_key() {
    let folder = DaemonFolder::default();
    folder.start().stop();
    let fingerprint = || {
        let sheet = folder.run("key kit --config config.yaml").exits(0).text();
        let mut lines = sheet.lines().skip_while(|line| *line != "Master key (fingerprint):");
        lines.nth(1).unwrap().trim().to_owned()
    };
    let before = fingerprint();
    let told = folder.run("key rotate --config config.yaml --json").exits(0).json();
    assert_eq!((told["from"].as_str(), told["to"].as_str()), (Some(&*before), Some(&*fingerprint())));
    assert_ne!(before, fingerprint());
}
