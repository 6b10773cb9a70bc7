//! The text a scraper gets: Prometheus text 0.0.4, made of OpenMetrics, which the library speaks.
//!
//! The two differ in the names of counters in comments, in units, and in the end mark. Does NOT touch samples.

/// The type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Turns OpenMetrics text without exemplars into Prometheus text.
pub(super) fn prometheus(open_metrics: &str) -> String {
    let mut out = String::with_capacity(open_metrics.len() + 512);
    let mut lines = open_metrics.lines().peekable();
    while let Some(line) = lines.next() {
        match comment(line) {
            Some(("HELP", name, help)) => {
                // The type stands on the next line, and says whether the name has to change.
                let counts =
                    lines.peek().and_then(|next| comment(next)).is_some_and(|next| next.2 == "counter");
                push(&mut out, &["# HELP ", name, total(counts), " ", help]);
            }
            Some(("TYPE", name, kind)) => {
                push(&mut out, &["# TYPE ", name, total(kind == "counter"), " ", kind])
            }
            Some(_) => {}
            None if line.starts_with('#') => {}
            None => push(&mut out, &[line]),
        }
    }
    out
}

/// `# HELP name text` in its three parts.
fn comment(line: &str) -> Option<(&str, &str, &str)> {
    let (keyword, rest) = line.strip_prefix("# ")?.split_once(' ')?;
    let (name, rest) = rest.split_once(' ')?;
    Some((keyword, name, rest))
}

fn total(counts: bool) -> &'static str {
    if counts { "_total" } else { "" }
}

fn push(out: &mut String, parts: &[&str]) {
    out.extend(parts.iter().copied().chain(["\n"]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_get_their_whole_name_and_the_rest_of_openmetrics_goes() {
        let open_metrics = "# HELP a_b Some counter text.\n# TYPE a_b counter\na_b_total{x=\"# EOF\"} 1\n\
                            # HELP g Gauge.\n# TYPE g gauge\n# UNIT g seconds\ng 2\n# EOF\n";
        let wanted = "# HELP a_b_total Some counter text.\n# TYPE a_b_total counter\na_b_total{x=\"# EOF\"} 1\n\
                      # HELP g Gauge.\n# TYPE g gauge\ng 2\n";
        assert_eq!(prometheus(open_metrics), wanted);
    }
}
