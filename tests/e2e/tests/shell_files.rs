//! `completions` and `man`: what they make can be read by those it is made for.
//!
//! Does NOT need zsh or fish; where they are missing only the text is looked at.

use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use std::fs;

const VERBS: [&str; 6] = ["create", "restore", "undo-restore", "verify", "inspect", "list"];
const CCU_VERBS: [&str; 11] = [
    "backup", "list", "download", "restore", "resume", "verify", "test", "status", "cancel", "delete",
    "upload",
];

#[test]
fn the_bash_completion_parses_and_completes_verbs_and_flags() {
    let story = Story::empty();
    let script = story.run("completions bash").exits(0).text();
    story.write("completion", script);
    shell(story.root(), "bash -n completion");
    let completed = |words: &str| {
        let count = words.split(' ').count();
        let script = format!(
            "set +eu; source ./completion; COMP_WORDS=({words}); COMP_CWORD={}; \
             function_of=$(complete -p openccu-loom | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); \
             $function_of openccu-loom \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\" ; echo \"${{COMPREPLY[*]}}\"",
            count - 1
        );
        shell(story.root(), &script)
    };
    let verbs = completed("openccu-loom backup ''");
    for verb in VERBS {
        assert!(verbs.split_whitespace().any(|word| word == verb), "{verb}: {verbs}");
    }
    assert_eq!(completed("openccu-loom backup restore --allow-n").trim(), "--allow-newer-schema");
}

#[test]
fn completions_for_other_shells_name_every_verb() {
    let story = Story::empty();
    for (name, first) in [("zsh", "#compdef openccu-loom"), ("fish", "# Print an optspec")] {
        let script = story.run(&format!("completions {name}")).exits(0).text();
        assert!(script.starts_with(first), "{name}");
        for verb in VERBS {
            assert!(script.contains(verb), "{name}: {verb}");
        }
    }
    story.run("completions tcsh").exits(2).says("possible values: bash, elvish, fish, powershell, zsh");
}

#[test]
fn there_is_a_manual_page_for_every_verb() {
    let story = Story::empty();
    fs::create_dir(story.path("man1")).unwrap();
    story.run("man man1").exits(0).says("man1");
    let mut names = vec!["openccu-loom".to_owned(), "openccu-loom-backup".to_owned()];
    names.extend(VERBS.map(|verb| format!("openccu-loom-backup-{verb}")));
    names.extend(CCU_VERBS.map(|verb| format!("openccu-loom-ccu-{verb}")));
    names.extend(["demo", "completions", "man"].map(|verb| format!("openccu-loom-{verb}")));
    for name in names {
        let page = fs::read_to_string(story.path("man1").join(format!("{name}.1"))).unwrap();
        assert!(page.contains(".SH NAME\n") && page.contains(".TH "), "{name}");
    }
    let create = fs::read_to_string(story.path("man1/openccu-loom-backup-create.1")).unwrap();
    assert!(create.contains("\\-\\-include\\-secrets") && create.contains("Example:"), "{create}");
}

#[test]
fn a_missing_folder_for_manual_pages_is_named() {
    Story::empty().run("man nowhere").exits(1).says("nowhere");
}
