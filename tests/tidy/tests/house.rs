//! The house rules, applied to this repository. Each failure lists every place at once.

#![expect(clippy::unwrap_used, reason = "a rule fails by panicking")]

use loom_tidy::tree::{TextFile, root, text_files, top_level};
use loom_tidy::{
    cli_docs, doc_paths, edges, headers, length, log_events, names, ports, printing, private_files, purity,
    top_level as rooms, wording,
};
use std::path::Path;
use std::process::Command;

fn rust_files() -> Vec<TextFile> {
    let files: Vec<_> =
        text_files(&root()).unwrap().into_iter().filter(|f| f.path.ends_with(".rs")).collect();
    assert!(files.len() > 100, "only {} Rust files found", files.len());
    files
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

#[track_caller]
fn nothing_found(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

fn each_rust_file(rule: impl Fn(&str, &str) -> Vec<String>) -> Vec<String> {
    rust_files().iter().flat_map(|file| rule(&file.path, &file.text)).collect()
}

#[test]
fn every_file_says_what_it_is_and_what_it_does_not() {
    nothing_found(each_rust_file(headers::check));
}

#[test]
fn files_are_short() {
    nothing_found(each_rust_file(length::check));
}

#[test]
fn names_tell_what_is_inside() {
    nothing_found(each_rust_file(|path, _| names::check(path)));
}

#[test]
fn a_folder_of_modules_has_its_file_beside_it() {
    let files = rust_files();
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    nothing_found(names::folders_without_a_door(&paths));
}

#[test]
fn only_the_command_line_prints() {
    nothing_found(each_rust_file(printing::check));
}

#[test]
fn the_domain_does_no_io() {
    nothing_found(each_rust_file(purity::check));
}

#[test]
fn ports_are_small() {
    let ports = |path: &str| path.starts_with("domain/src/ports/");
    nothing_found(each_rust_file(|path, text| if ports(path) { ports::check(path, text) } else { vec![] }));
}

fn all_edges() -> Vec<edges::Edge> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let edges = edges::parse(&String::from_utf8(output.stdout).unwrap()).unwrap();
    assert!(edges.len() > 50, "only {} edges found", edges.len());
    edges
}

#[test]
fn crates_know_only_whom_they_may() {
    nothing_found(edges::check(&all_edges()));
}

#[test]
fn each_dependency_is_named_in_its_crate() {
    let (root, files) = (root().canonicalize().unwrap(), rust_files());
    let source = |manifest: &str| {
        let folder = Path::new(manifest).parent().unwrap();
        let inside = files.iter().filter(|file| root.join(&file.path).starts_with(folder));
        inside.map(|file| format!("{}\n", file.text)).collect()
    };
    nothing_found(edges::check_named(&all_edges(), source));
}

#[test]
fn paths_named_in_docs_exist() {
    let texts = text_files(&root()).unwrap();
    let with_docs = texts.iter().filter(|f| f.path.ends_with(".md") || f.path.ends_with(".rs"));
    let exists = |path: &str| root().join(path).exists();
    nothing_found(with_docs.flat_map(|file| doc_paths::check(&file.path, &file.text, exists)).collect());
}

#[test]
fn exit_codes_are_documented() {
    nothing_found(cli_docs::check_codes(&read("cli/src/exit_code.rs"), &read("docs/cli-json.md")));
}

#[test]
fn every_verb_is_documented() {
    let grammar = |file: &TextFile| file.path.starts_with("cli/src/args");
    let args: Vec<_> = rust_files().into_iter().filter(grammar).map(|file| file.text).collect();
    let args = args.join("\n");
    let docs = ["README.md", "docs/cli-json.md"];
    nothing_found(docs.iter().flat_map(|path| cli_docs::check_verbs(&args, path, &read(path))).collect());
}

#[test]
fn json_fields_are_documented() {
    let printing = |file: &TextFile| {
        let shared = file.path == "app/src/archive_json.rs";
        shared || file.path.starts_with("cli/src/") && !file.path.contains("tests")
    };
    let code: Vec<_> = rust_files().into_iter().filter(printing).map(|file| file.text).collect();
    nothing_found(cli_docs::check_fields(&code.join("\n"), &read("docs/cli-json.md")));
}

#[test]
fn documented_events_are_told() {
    let telling = |file: &TextFile| !file.path.starts_with("tests/") && !file.path.contains("tests.rs");
    let code: Vec<_> = rust_files().into_iter().filter(telling).map(|file| file.text).collect();
    nothing_found(log_events::check(&read("docs/logging.md"), &code.join("\n")));
}

#[test]
fn texts_speak_of_the_project_alone() {
    let texts = text_files(&root()).unwrap();
    nothing_found(texts.iter().flat_map(|file| wording::check(&file.path, &file.text)).collect());
}

#[test]
fn no_data_dir_is_committed() {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8_lossy(&listed.stdout);
    let paths: Vec<_> = listed.split_terminator('\0').collect();
    assert!(paths.len() > 100, "only {} files are in the repository", paths.len());
    nothing_found(paths.into_iter().flat_map(private_files::check).collect());
}

#[test]
fn the_top_level_is_fixed() {
    nothing_found(rooms::check(&top_level(&root()).unwrap()));
}
