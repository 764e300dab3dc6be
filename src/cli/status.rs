//! How numbers of things read.

/// A number of things, the noun in the right form.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(
            [0, 1, 2].map(|n| counted(n, "click")),
            ["0 clicks", "1 click", "2 clicks"]
        );
    }
}
