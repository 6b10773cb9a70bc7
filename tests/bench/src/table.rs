//! The figures as a table, in Markdown with columns that line up.
//!
//! Does NOT know what they mean.

/// Rows in the order they were added.
pub(crate) struct Table(Vec<[String; 3]>);

impl Table {
    pub(crate) fn new(head: [&str; 3]) -> Self {
        Self(vec![head.map(str::to_owned), ["-".to_owned(), "-".to_owned(), "-".to_owned()]])
    }

    pub(crate) fn row(&mut self, what: &str, ours: impl ToString, peer: impl ToString) {
        println!("… {what}");
        self.0.push([what.to_owned(), ours.to_string(), peer.to_string()]);
    }

    pub(crate) fn print(&self) {
        let widths = [0, 1, 2]
            .map(|column| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
        println!();
        for row in &self.0 {
            let fill = if row[0] == "-" { '-' } else { ' ' };
            let cells = row.iter().zip(widths).map(|(cell, width)| {
                let missing = width - cell.chars().count();
                format!("{cell}{}", String::from(fill).repeat(missing))
            });
            println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
        }
    }
}
