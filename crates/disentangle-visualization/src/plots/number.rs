//! Numbers as short text.

/// Writes a number with at most three digits that matter: `0.25`, `12.5`, `20k`, `1e-5`.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    let text = match size {
        _ if !(1e-3..1e9).contains(&size) => return format!("{value:.1e}").replace(".0e", "e"),
        1e6.. => return trimmed(format!("{:.1}", value / 1e6)) + "M",
        1e4.. => return trimmed(format!("{:.1}", value / 1e3)) + "k",
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    };
    trimmed(text)
}

/// Takes away zeros behind the point.
fn trimmed(text: String) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_short() {
        let numbers = [
            0.0, 0.25, -1.5, 12.5, 1234.0, 20000.0, 2.5e6, 1e-5, 0.5004, 3e9,
        ];
        let texts = numbers.map(short);
        let expected = [
            "0", "0.25", "-1.5", "12.5", "1234", "20k", "2.5M", "1e-5", "0.5", "3e9",
        ];
        assert_eq!(texts, expected);
    }
}
