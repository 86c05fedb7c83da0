//! Columns as Go's `text/tabwriter` lays them: a cell ends with a tab, and neighbouring lines share a column's width.
//! Knows nothing of what stands in the cells.

/// How columns are laid.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The least width of a column, padding included.
    pub min_width: usize,
    /// The spaces after the widest cell of a column.
    pub padding: usize,
}

/// The columns of `kubectl get`.
pub const TABLE: Layout = Layout {
    min_width: 6,
    padding: 3,
};

/// The columns of `kubectl describe`.
pub const DESCRIPTION: Layout = Layout {
    min_width: 0,
    padding: 2,
};

/// Lays out text whose cells end with tabs.
///
/// A column is a run of neighbouring lines that each have a tab there; what stands after the last tab of a line belongs
/// to no column and widens none.
pub fn align(text: &str, layout: Layout) -> String {
    align_on(text, layout, &mut Vec::new())
}

/// Lays out text below text that was laid out before: the first columns are at least as wide as they were, and what they
/// come to is remembered for the next time.
pub fn align_on(text: &str, layout: Layout, remembered: &mut Vec<usize>) -> String {
    let mut lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    // What follows the last newline is a line only when something stands there.
    if lines.last().is_some_and(|last| last.as_slice() == [""]) {
        lines.pop();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let known = remembered.clone();
    block(&lines, &mut Vec::new(), layout, &known, remembered, &mut out);
    out
}

/// Lays out neighbouring lines whose columns left of here have `widths`; `known` widths are the least, `reached` ones
/// are noted.
fn block(
    lines: &[Vec<&str>],
    widths: &mut Vec<usize>,
    layout: Layout,
    known: &[usize],
    reached: &mut Vec<usize>,
    out: &mut String,
) {
    let column = widths.len();
    let has_cell = |line: &Vec<&str>| line.len() > column + 1;
    let mut start = 0;
    while start < lines.len() {
        let run = lines[start..].iter().take_while(|line| has_cell(line)).count();
        if run == 0 {
            write_line(&lines[start], widths, out);
            start += 1;
            continue;
        }
        let run = &lines[start..start + run];
        let widest = run
            .iter()
            .map(|line| line[column].chars().count() + layout.padding)
            .max();
        let before = known.get(column).copied().unwrap_or_default();
        let width = widest.unwrap_or_default().max(layout.min_width).max(before);
        match reached.get_mut(column) {
            Some(reached) => *reached = width.max(*reached),
            None => reached.push(width),
        }
        widths.push(width);
        block(run, widths, layout, known, reached, out);
        widths.pop();
        start += run.len();
    }
}

fn write_line(cells: &[&str], widths: &[usize], out: &mut String) {
    for (i, cell) in cells.iter().enumerate() {
        out.push_str(cell);
        if let Some(width) = widths.get(i) {
            let gap = width.saturating_sub(cell.chars().count());
            out.extend(std::iter::repeat_n(' ', gap));
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_cell_parts_a_column_in_two() {
        let text = "Status:\tRunning\nIPs:\n  IP:\t10.0.0.1\nControlled By:\tx\n";
        let laid = "Status:  Running\nIPs:\n  IP:           10.0.0.1\nControlled By:  x\n";
        assert_eq!(align(text, DESCRIPTION), laid);
    }

    #[test]
    fn the_last_cell_is_never_padded_and_short_columns_keep_their_least_width() {
        assert_eq!(align("A\tB\n1\tlonger\n", TABLE), "A     B\n1     longer\n");
    }

    #[test]
    fn a_watch_keeps_the_widths_that_its_columns_once_had() {
        let mut widths = Vec::new();
        let mut lay = |text: &str| align_on(text, TABLE, &mut widths);
        assert_eq!(
            lay("NAME\tSTATUS\tAGE\npg-1\tRunning\t4s\n"),
            "NAME   STATUS    AGE\npg-1   Running   4s\n"
        );
        assert_eq!(lay("pg-1\tTerminating\t4s\n"), "pg-1   Terminating   4s\n");
        assert_eq!(lay("pg-1\tCompleted\t4s\n"), "pg-1   Completed     4s\n");
    }

    #[test]
    fn inner_columns_are_laid_per_run_of_lines() {
        let text = "a\tbbbb\tc\nd\te\naa\tb\tc\n";
        assert_eq!(align(text, DESCRIPTION), "a   bbbb  c\nd   e\naa  b  c\n");
    }
}
