//! The command line's docs agree with its code: exit codes, verbs, names of JSON fields. Does NOT know their types.

/// Codes in `cli/src/exit_code.rs`: the variants of the enum with their numbers.
pub fn codes_in_code(text: &str) -> Vec<(u8, String)> {
    let body = text.split_once("enum ExitCode {").and_then(|(_, rest)| rest.split_once("\n}"));
    let lines = body.map_or("", |(body, _)| body).lines();
    let pairs = lines.filter_map(|line| line.trim().trim_end_matches(',').split_once(" = "));
    pairs.filter_map(|(name, number)| Some((number.parse().ok()?, name.to_owned()))).collect()
}

/// Codes in `docs/cli-json.md`: the rows `| number | name | … |` of a table.
pub fn codes_in_docs(text: &str) -> Vec<(u8, String)> {
    let rows = text.lines().filter_map(|line| line.strip_prefix('|'));
    let cells = rows.map(|row| row.split('|').map(|cell| cell.trim().trim_matches('`')).collect::<Vec<_>>());
    let codes = cells.filter_map(|cells| Some((cells.first()?.parse().ok()?, (*cells.get(1)?).to_owned())));
    codes.collect()
}

/// Verbs in `cli/src/args.rs` as they are typed: the variants of `enum BackupVerb` and its like, after their family.
pub fn verbs_in_code(text: &str) -> Vec<String> {
    let families = text.split("enum ").skip(1).filter_map(|rest| rest.split_once("Verb {"));
    let named =
        families.filter(|(family, _)| !family.is_empty() && family.chars().all(char::is_alphanumeric));
    let verbs = named.flat_map(|(family, rest)| {
        let body = rest.split_once("\n}").map_or("", |(body, _)| body);
        let lines =
            body.lines().map(str::trim).filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
        let variants = lines.filter_map(|line| line.split(['(', ',', ' ']).next());
        let family = kebab(family);
        variants.map(move |variant| format!("{family} {}", kebab(variant))).collect::<Vec<_>>()
    });
    verbs.collect()
}

/// Findings about the codes.
pub fn check_codes(code: &str, docs: &str) -> Vec<String> {
    let (code, docs) = (codes_in_code(code), codes_in_docs(docs));
    if code.is_empty() {
        return vec!["cli/src/exit_code.rs: no exit codes found".to_owned()];
    }
    let undocumented = code.iter().filter(|pair| !docs.contains(pair));
    let unknown = docs.iter().filter(|pair| !code.contains(pair));
    undocumented
        .map(|(number, name)| format!("docs/cli-json.md: {number} `{name}` is missing"))
        .chain(
            unknown.map(|(number, name)| format!("docs/cli-json.md: {number} `{name}` is not in the code")),
        )
        .collect()
}

/// Findings about the verbs in one document that has to name them all.
pub fn check_verbs(args: &str, path: &str, docs: &str) -> Vec<String> {
    let verbs = verbs_in_code(args);
    if verbs.is_empty() {
        return vec!["cli/src/args.rs: no verbs found".to_owned()];
    }
    let missing = verbs.iter().filter(|verb| !docs.contains(&format!("{verb}`")));
    missing.map(|verb| format!("{path}: `{verb}` is missing")).collect()
}

/// Findings about the fields of `--json`: `code` is all code that makes JSON, put together.
pub fn check_fields(code: &str, docs: &str) -> Vec<String> {
    let (made, told) = (fields_in_code(code), fields_in_docs(docs));
    if made.is_empty() {
        return vec!["cli/src: no JSON fields found".to_owned()];
    }
    let untold = made.iter().filter(|field| !docs.contains(&format!("`{field}`")));
    let unmade = told.iter().filter(|field| !made.contains(field));
    untold
        .map(|field| format!("docs/cli-json.md: field `{field}` is missing"))
        .chain(unmade.map(|field| format!("docs/cli-json.md: field `{field}` is not in the code")))
        .collect()
}

/// The names before a colon inside `json!`: `"name": value`.
fn fields_in_code(text: &str) -> Vec<&str> {
    let before_colons = text.split("\":").map(|part| part.rsplit('"').next().unwrap_or(part));
    let is_name = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    before_colons.filter(is_name).collect()
}

/// The names in the first column of tables, where they are words in backticks.
fn fields_in_docs(text: &str) -> Vec<&str> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    cells.map(|(name, _)| name).collect()
}

fn kebab(variant: &str) -> String {
    let mut typed = String::new();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() && !typed.is_empty() {
            typed.push('-');
        }
        typed.push(letter.to_ascii_lowercase());
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "enum ExitCode {\n    /// Done.\n    Done = 0,\n    Key = 5,\n}\nconst X: u8 = 7;\n";
    const ARGS: &str =
        "enum BackupVerb {\n    /// Take.\n    Create(CreateArgs),\n    UndoRestore(UndoArgs),\n}\n";

    #[test]
    fn a_code_that_moved_is_found_on_both_sides() {
        assert!(check_codes(CODE, "| 0 | `Done` | x |\n| 5 | `Key` | y |\n").is_empty());
        let moved = check_codes(CODE, "| code | name |\n|---|---|\n| 0 | `Done` | x |\n| 6 | `Key` | y |\n");
        let wanted = ["docs/cli-json.md: 5 `Key` is missing", "docs/cli-json.md: 6 `Key` is not in the code"];
        assert_eq!(moved, wanted);
        assert_eq!(check_codes("", "").len(), 1);
    }

    #[test]
    fn a_field_that_only_one_side_knows_is_found() {
        let code = r#"json!({ "ok": true, "at": now, "error: `{x}`": 1 })"#;
        assert!(check_fields(code, "| `ok` | boolean |\nand `at`\n").is_empty());
        let wanted =
            ["docs/cli-json.md: field `at` is missing", "docs/cli-json.md: field `gone` is not in the code"];
        assert_eq!(check_fields(code, "| `ok` | x |\n| `gone` | y |\n"), wanted);
        assert_eq!(check_fields("", "").len(), 1);
    }

    #[test]
    fn a_verb_without_docs_is_found() {
        let docs = "`openccu-loom backup create`\n";
        assert_eq!(check_verbs(ARGS, "x.md", docs), ["x.md: `backup undo-restore` is missing"]);
        assert_eq!(check_verbs("", "x.md", docs).len(), 1);
    }
}
