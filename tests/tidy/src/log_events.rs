//! Events that the docs promise are told by the code. Does NOT ask for every event of the code to be documented.

/// Messages in `docs/logging.md`: the first column of the table below `### Events`.
pub fn in_docs(text: &str) -> Vec<&str> {
    let below = text.split_once("\n### Events\n").map_or("", |(_, below)| below);
    let table = below.split_once("\n#").map_or(below, |(table, _)| table);
    let firsts = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" |"));
    firsts.flat_map(|(first, _)| first.split('`').filter(|word| !matches!(word.trim(), "" | ","))).collect()
}

/// Findings about the table. `code` is all code, put together.
pub fn check(docs: &str, code: &str) -> Vec<String> {
    let events = in_docs(docs);
    if events.is_empty() {
        return vec!["docs/logging.md: no events found".to_owned()];
    }
    let told = |event: &str| code.contains(&format!("\"{event}\""));
    let untold = events.into_iter().filter(|event| !told(event));
    untold.map(|event| format!("docs/logging.md: nothing tells `{event}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: &str = "# x\n\n### Events\n\n| event | level |\n|---|---|\n| `it began`, `it ended` | info |\n\
                        | `it broke` | error |\n\n## More\n\n| `no event` | x |\n";

    #[test]
    fn an_event_nobody_tells_is_found() {
        assert_eq!(in_docs(DOCS), ["it began", "it ended", "it broke"]);
        let code = "info!(\"it began\"); info!(\"it ended\"); warn!(\"it broke down\");";
        assert_eq!(check(DOCS, code), ["docs/logging.md: nothing tells `it broke`"]);
        assert_eq!(check("# x\n", code).len(), 1);
    }
}
