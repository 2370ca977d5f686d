//! Numbers for people, as tables in Markdown.

/// Prints a table.
pub(super) fn print(title: &str, rows: &[Vec<String>]) {
    println!("\n{title}\n");
    for (i, row) in rows.iter().enumerate() {
        println!("| {} |", row.join(" | "));
        if i == 0 {
            println!("|{}", " --- |".repeat(row.len()));
        }
    }
}

/// Returns the middle one, `None` of none.
pub(super) fn median(times: &[f64]) -> Option<f64> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

/// Returns nanoseconds in the unit in which they are read.
pub(super) fn time(nanoseconds: Option<f64>) -> String {
    match nanoseconds {
        None => "-".to_owned(),
        Some(time) if time < 1e6 => format!("{:.1} µs", time / 1e3),
        Some(time) if time < 1e8 => format!("{:.2} ms", time / 1e6),
        Some(time) => format!("{:.0} ms", time / 1e6),
    }
}

/// Returns how well a target is met: at most `most`.
pub(super) fn verdict(value: f64, most: f64) -> String {
    if value <= most { "met".to_owned() } else { format!("missed, {:.2} times the target", value / most) }
}
