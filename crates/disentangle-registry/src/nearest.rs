//! Which of the known names a misspelt one was meant to be.
//!
//! The distance counts inserted, deleted, replaced and swapped neighboring characters: Damerau 1964 in the
//! restricted form (optimal string alignment), in which no place is edited twice.

/// Returns the end of an error message, `; did you mean \`x\`?`; nothing if no known name is near.
///
/// A name is near if at most a third of the longer one differs, and at least one character may.
pub fn hint<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = known.into_iter().filter_map(|name| {
        let allowed = (name.chars().count().max(found.chars().count()) / 3).max(1);
        let distance = distance(&found.to_lowercase(), &name.to_lowercase());
        (distance <= allowed && distance < name.chars().count()).then_some((distance, name))
    });
    let nearest = near.min_by_key(|&(distance, _)| distance);
    nearest.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}

fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        (before, above) = (above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        let cases = [
            ("", "abc", 3),
            ("kl", "kl", 0),
            ("wieght", "weight", 1),
            ("kll", "kl", 1),
            ("cat", "cut", 1),
        ];
        for (a, b, edits) in cases {
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
    }

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let known = ["steps", "batch_size", "lr"];
        assert_eq!(hint("stps", known), "; did you mean `steps`?");
        assert_eq!(hint("Batch_Size", known), "; did you mean `batch_size`?");
        assert_eq!(hint("momentum", known), "");
        // One character is not near another.
        assert_eq!(hint("x", ["y"]), "");
    }
}
