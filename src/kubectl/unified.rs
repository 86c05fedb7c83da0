//! Differences of two texts as `diff -u` prints them: hunks with three lines of context.

/// The lines around a change that are shown.
const CONTEXT: usize = 3;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit {
    /// Line of the old and of the new text.
    Keep(usize, usize),
    /// Line of the old text.
    Delete(usize),
    /// Line of the new text.
    Insert(usize),
}

/// Returns the hunks that make `new` of `old`; "" when they are the same. Both end with a line break, or are empty.
pub fn hunks(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let edits = edits(&old, &new);
    let changed: Vec<usize> = (0..edits.len())
        .filter(|i| !matches!(edits[*i], Edit::Keep(..)))
        .collect();
    let mut text = String::new();
    let mut at = 0;
    while at < changed.len() {
        let first = changed[at];
        let mut last = first;
        // Changes whose contexts touch stand in one hunk.
        while at < changed.len() && changed[at] <= last + 2 * CONTEXT + 1 {
            last = changed[at];
            at += 1;
        }
        let from = first.saturating_sub(CONTEXT);
        let to = (last + CONTEXT + 1).min(edits.len());
        text.push_str(&hunk(&edits, from, to, &old, &new));
    }
    text
}

fn hunk(edits: &[Edit], from: usize, to: usize, old: &[&str], new: &[&str]) -> String {
    let count = |edits: &[Edit]| {
        let olds = edits.iter().filter(|edit| !matches!(edit, Edit::Insert(_))).count();
        let news = edits.iter().filter(|edit| !matches!(edit, Edit::Delete(_))).count();
        (olds, news)
    };
    let (old_before, new_before) = count(&edits[..from]);
    let (olds, news) = count(&edits[from..to]);
    // A range of no lines is named by the line before it, one of a single line without its length.
    let range = |before: usize, lines: usize| match lines {
        0 => format!("{before},0"),
        1 => (before + 1).to_string(),
        lines => format!("{},{lines}", before + 1),
    };
    let mut text = format!("@@ -{} +{} @@\n", range(old_before, olds), range(new_before, news));
    for edit in &edits[from..to] {
        let (sign, line) = match edit {
            Edit::Keep(at, _) => (' ', old[*at]),
            Edit::Delete(at) => ('-', old[*at]),
            Edit::Insert(at) => ('+', new[*at]),
        };
        text.push(sign);
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Returns the shortest way from one text to the other; deletions come before insertions.
///
/// The table of common lengths takes the product of both lengths; beginnings and ends that are the same stay out of it.
fn edits(old: &[&str], new: &[&str]) -> Vec<Edit> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..]
        .iter()
        .rev()
        .zip(new[head..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (rows, columns) = (old.len() - head - tail, new.len() - head - tail);
    let width = columns + 1;
    let mut common = vec![0u32; (rows + 1) * width];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            common[i * width + j] = if old[head + i] == new[head + j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let mut edits: Vec<Edit> = (0..head).map(|i| Edit::Keep(i, i)).collect();
    let (mut i, mut j) = (0, 0);
    while i < rows || j < columns {
        let (a, b) = (head + i, head + j);
        if i < rows && j < columns && old[a] == new[b] {
            edits.push(Edit::Keep(a, b));
            (i, j) = (i + 1, j + 1);
        } else if j == columns || i < rows && common[(i + 1) * width + j] >= common[i * width + j + 1] {
            edits.push(Edit::Delete(a));
            i += 1;
        } else {
            edits.push(Edit::Insert(b));
            j += 1;
        }
    }
    edits.extend((0..tail).map(|k| Edit::Keep(old.len() - tail + k, new.len() - tail + k)));
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_those_of_diff_u() {
        let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n4\n", "\nfour\n").replace("\n18\n", "\n18\nmore\n");
        // As `diff -u` of GNU diffutils 3.10 printed it.
        let expected =
            "@@ -1,7 +1,7 @@\n 1\n 2\n 3\n-4\n+four\n 5\n 6\n 7\n@@ -16,5 +16,6 @@\n 16\n 17\n 18\n+more\n 19\n 20\n";
        assert_eq!(hunks(&old, &new), expected);
        assert_eq!(hunks("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(hunks("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
        assert_eq!(hunks(&old, &old), "");
    }
}
