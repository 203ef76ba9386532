//! Markdown tables.

use std::collections::BTreeMap;

pub struct Table {
    title: String,
    /// Columns, in order: payload octets and the time of each contender.
    columns: Vec<(usize, BTreeMap<&'static str, f64>)>,
    /// Contenders, in order.
    names: Vec<&'static str>,
}

/// The row that ratios refer to.
pub const REFERENCE: &str = "**wsproof**";

impl Table {
    pub fn new(title: &str) -> Self {
        Self { title: title.to_owned(), columns: Vec::new(), names: Vec::new() }
    }

    pub fn column(&mut self, size: usize, names: impl Iterator<Item = &'static str>, times: Vec<f64>) {
        let mut column = BTreeMap::new();
        for (name, time) in names.zip(times) {
            if !self.names.contains(&name) {
                self.names.push(name);
            }
            column.insert(name, time);
        }
        self.columns.push((size, column));
    }

    pub fn print(&self) {
        if self.names.is_empty() {
            return;
        }
        println!("\n### {}\n", self.title);
        print!("| |");
        for (size, _) in &self.columns {
            print!(" {} |", label(*size));
        }
        println!("\n|---|{}", "--:|".repeat(self.columns.len()));
        for name in &self.names {
            print!("| {name} |");
            for (_, times) in &self.columns {
                match (times.get(name), times.get(REFERENCE)) {
                    (Some(time), Some(reference)) if *name != REFERENCE => {
                        print!(" {} ({:.2}×) |", number(*time), time / reference);
                    }
                    (Some(time), _) => print!(" {} |", number(*time)),
                    (None, _) => print!(" – |"),
                }
            }
            println!();
        }
    }
}

fn label(size: usize) -> String {
    match size {
        0..1024 => format!("{size} B"),
        1024..1_048_576 => format!("{} KiB", size / 1024),
        _ => format!("{} MiB", size / 1_048_576),
    }
}

fn number(ns: f64) -> String {
    if ns < 100.0 { format!("{ns:.1}") } else { format!("{ns:.0}") }
}
