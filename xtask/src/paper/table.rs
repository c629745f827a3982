//! The table of the paper: scores by variant, over seeds, beside the published ones.

use std::fmt::Write as _;

use super::options::{GO_ON, Options, PRETRAIN, RAMP};
use super::scores::{METRICS, Outcome};
use super::variants::Variant;

/// Writes the page; `outcomes` are those of each seed, by variant.
pub(super) fn page(
    options: &Options,
    variants: &[Variant; 3],
    outcomes: &[Vec<Outcome>],
) -> String {
    let mut text = String::from("# The paper's experiment\n\n");
    let _ = writeln!(text, "{}\n", what(options, variants));
    text.push_str("| variant |");
    METRICS.iter().for_each(|(_, name)| {
        let _ = write!(text, " {name} |");
    });
    text.push_str("\n|---|---|---|---|---|---|\n");
    for (place, variant) in variants.iter().enumerate() {
        let of: Vec<&Outcome> = outcomes.iter().map(|seed| &seed[place]).collect();
        let scores = of.iter().map(|outcome| outcome.scores).collect::<Vec<_>>();
        row(&mut text, variant.name, |metric| spread(&scores, metric));
        let untrained = of
            .iter()
            .map(|outcome| outcome.untrained)
            .collect::<Vec<_>>();
        let name = format!("{}, untrained", variant.name);
        row(&mut text, &name, |metric| spread(&untrained, metric));
        if let Some(published) = variant.published {
            let name = format!("{}, published", variant.name);
            row(&mut text, &name, |metric| {
                format!("{:.4}", published[metric])
            });
        }
    }
    text.push_str("\nBy seed:\n");
    for (seed, of_seed) in outcomes.iter().enumerate() {
        for (variant, outcome) in variants.iter().zip(of_seed) {
            let _ = writeln!(text, "- seed {seed}, {}: {}", variant.name, facts(outcome));
        }
    }
    text
}

fn what(options: &Options, variants: &[Variant; 3]) -> String {
    let [first, ..] = variants;
    let mut text = format!(
        "{} steps on `{}`, then {} on each other variant, {} seed(s); mean representation, protocol `dlib`; \
         mean ± standard deviation over seeds.",
        options.pretrain, first.name, options.go_on, options.seeds
    );
    if options.data.is_none() {
        text.push_str(
            " **The data set is the embedded `arm`, standing in for MPI3D: its scores are not those of MPI3D.**",
        );
    }
    if options.is_short() {
        let _ = write!(
            text,
            " **The runs are shorter than the paper's ({PRETRAIN} and {GO_ON} steps), and the capacity \
             rises in the first half of a run that is shorter than {}",
            2 * RAMP
        );
        if let Some(images) = options.images() {
            let _ = write!(text, "; {images} random images are measured");
        }
        text.push_str(".**");
    }
    text
}

fn row(text: &mut String, name: &str, cell: impl Fn(usize) -> String) {
    let _ = write!(text, "| {name} |");
    for metric in 0..METRICS.len() {
        let _ = write!(text, " {} |", cell(metric));
    }
    text.push('\n');
}

/// `mean ± standard deviation`, of the sample; the mean alone of a single seed.
fn spread(seeds: &[[f64; 5]], metric: usize) -> String {
    let values = || seeds.iter().map(|scores| scores[metric]);
    let count = seeds.len() as f64;
    let mean = values().sum::<f64>() / count;
    if seeds.len() < 2 {
        return format!("{mean:.4}");
    }
    let squares: f64 = values().map(|value| (value - mean).powi(2)).sum();
    format!("{mean:.4} ± {:.4}", (squares / (count - 1.0)).sqrt())
}

fn facts(outcome: &Outcome) -> String {
    let inactive = outcome.codes - outcome.active;
    let mut text = format!(
        "{} of 5 scores above the untrained encoder's, {} latents active and {inactive} inactive",
        outcome.better(),
        outcome.active
    );
    if let Some(compared) = &outcome.comparison {
        let _ = write!(
            text,
            "; reconstruction at step {}: {:.1} nats with the first variant's weights, {:.1} from scratch",
            compared.step, compared.gone_on, compared.scratch
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::variants;
    use super::*;

    fn outcome(score: f64) -> Outcome {
        Outcome {
            scores: [score; 5],
            untrained: [0.2; 5],
            active: 7,
            codes: 20,
            comparison: None,
        }
    }

    #[test]
    fn the_spread_is_that_of_the_sample() {
        let seeds = [[1.0; 5], [3.0; 5]];
        // The variance of 1 and 3 is 2.
        assert_eq!(spread(&seeds, 0), "2.0000 ± 1.4142");
        assert_eq!(spread(&seeds[..1], 0), "1.0000");
    }

    #[test]
    fn what_is_not_the_paper_s_is_said() {
        let outcomes: Vec<Vec<_>> = (0..2)
            .map(|seed| {
                (0..3)
                    .map(|_| outcome(0.1 + 0.2 * f64::from(seed)))
                    .collect()
            })
            .collect();
        let short = ["--budget", "20,10"].map(Into::into);
        let options = Options::parse(&short).unwrap();
        let text = page(&options, variants::of(false), &outcomes);
        assert!(
            text.contains("standing in for MPI3D") && text.contains("shorter than the paper's")
        );
        assert!(!text.contains("published"), "{text}");
        assert!(
            text.contains("- seed 0, relit: 0 of 5") && text.contains("- seed 1, relit: 5 of 5")
        );
        let whole = ["--data", "folder"].map(Into::into);
        let text = page(
            &Options::parse(&whole).unwrap(),
            variants::of(true),
            &outcomes,
        );
        assert!(!text.contains("**"), "{text}");
        assert!(text.contains("| real, published | 0.4044 |"), "{text}");
    }
}
