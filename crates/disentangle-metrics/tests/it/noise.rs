//! Codes that know nothing: every metric scores its chance, as docs/metrics.md states it.
//!
//! Tolerances are bounds on what the rows allow, not what was seen: each is exceeded with a probability below 10⁻⁶.

use disentangle_metrics::{
    Detail, MetricConfig, Outcome, Protocol, Sap, Score, Table, entropy, evaluate,
};
use disentangle_seeds::Seeds;
use ndarray::{Array2, ArrayView1};
use proptest::prelude::*;

const TRAIN: usize = 2000;
const TEST: usize = 1000;
const CODES: usize = 4;
/// `t` of the bounds below: a standard normal exceeds √2t, and a χ² its bound, with a probability below e⁻ᵗ.
const TAIL: f64 = 16.0;

/// Rows of normal codes and of uniform factors of the given sizes.
fn noise(rows: usize, codes: usize, sizes: &[usize], seed: u64) -> Table {
    let mut stream = Seeds::new(seed).stream("noise", rows as u64);
    let codes = Array2::from_shape_fn((rows, codes), |_| stream.normal() as f32);
    let class = |(_, k): (usize, usize)| stream.below(sizes[k] as u64) as u32;
    let factors = Array2::from_shape_fn((rows, sizes.len()), class);
    Table::new(codes, factors).unwrap()
}

fn split(sizes: &[usize], seed: u64) -> Table {
    let (train, test) = (
        noise(TRAIN, CODES, sizes, seed),
        noise(TEST, CODES, sizes, seed),
    );
    train.with_test(test).unwrap()
}

fn part(table: &Table, metric: MetricConfig, protocol: &Protocol) -> Score {
    let kind = metric.kind().to_owned();
    let mut scores = evaluate(table, protocol, &[metric], Seeds::new(0)).unwrap();
    match scores.metrics.remove(&kind).unwrap() {
        Outcome::Score(score) => score,
        Outcome::Failed(why) => panic!("{kind}: {why}"),
    }
}

fn named(table: &Table, kind: &str) -> Score {
    let protocol = Protocol {
        permutations: 0,
        ..Protocol::dlib()
    };
    part(table, MetricConfig::named(kind).unwrap(), &protocol)
}

fn number(score: &Score, name: &str) -> f64 {
    match score.details[name] {
        Detail::Number(value) => value,
        ref other => panic!("{name}: {other:?}"),
    }
}

/// What a χ² variable stays below (Laurent & Massart 2000, lemma 1).
fn chi_square(freedom: f64) -> f64 {
    freedom + 2.0 * (freedom * TAIL).sqrt() + 2.0 * TAIL
}

/// How far a share of that many draws stays from its probability.
fn share(probability: f64, draws: usize) -> f64 {
    (2.0 * TAIL * probability * (1.0 - probability) / draws as f64).sqrt()
}

/// What the mutual information of independent classes stays below, in nats: 2N·I is a χ² of (B − 1)(C − 1)
/// degrees of freedom, and less where bins have no row.
fn information(bins: usize, size: usize) -> f64 {
    chi_square(((bins - 1) * (size - 1)) as f64) / (2 * TRAIN) as f64
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(2usize..6, 2..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..Default::default() })]

    #[test]
    fn gaps_of_information_are_its_bias_at_most((sizes, seed) in (sizes(), any::<u64>())) {
        let table = noise(TRAIN, CODES, &sizes, seed);
        let entropies: Vec<f64> = table.factors().columns().into_iter().map(entropy).collect();
        let ratio = |bins, k: usize| information(bins, sizes[k]) / entropies[k];
        let factors = 0..sizes.len();
        let within = |kind, most| {
            let score = named(&table, kind).score;
            prop_assert!((-1e-12..=most).contains(&score), "{}: {} of {}", kind, score, most);
            Ok(())
        };
        within("mig", mean(factors.clone().map(|k| ratio(20, k))))?;
        within("rmig", mean(factors.clone().map(|k| ratio(100, k))))?;
        within("mig_sup", factors.clone().map(|k| ratio(20, k)).fold(0.0, f64::max))?;
        let gaps: f64 = factors.clone().map(|k| information(20, sizes[k])).sum();
        within("dcimig", gaps / entropies.iter().sum::<f64>())?;

        // JEMMIG of no information: what the entropy of a code's bins lacks of ln B.
        let bins = 20f64.ln();
        let of_codes = table.codes().columns().into_iter().map(binned_entropy).collect::<Vec<_>>();
        let lowest = of_codes.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = of_codes.iter().copied().fold(0.0, f64::max);
        let lack = |of_code: f64, k: usize| (bins - of_code) / (entropies[k] + bins);
        let score = named(&table, "jemmig").score;
        let least = mean(factors.clone().map(|k| lack(highest, k)));
        let most = mean(factors.map(|k| lack(lowest, k) + 2.0 * information(20, sizes[k]) / (entropies[k] + bins)));
        prop_assert!((least..=most).contains(&score), "{} of {}..{}", score, least, most);
    }

    #[test]
    fn predictions_are_guesses((sizes, seed) in (sizes(), any::<u64>())) {
        let table = split(&sizes, seed);
        // Whatever is predicted, each test row is right with a probability of 1 / C.
        let guess = |size: &usize| 1.0 / *size as f64;
        let chance = mean(sizes.iter().map(guess));
        let off = mean(sizes.iter().map(|size| share(guess(size), TEST)));
        let sap = named(&table, "sap");
        prop_assert!((0.0..=2.0 * off).contains(&sap.score), "{}", sap.score);
        let snc = named(&table, "snc");
        prop_assert!((snc.score - chance).abs() <= off, "{}", snc.score);
        prop_assert!((number(&snc, "chance") - chance).abs() < 1e-12);
        let dci = named(&table, "dci");
        let informativeness = number(&dci, "informativeness_test");
        prop_assert!((informativeness - chance).abs() <= off, "{}", informativeness);
        // Importances are sums of gains of splits. If only the splits of one stage were independent, a code
        // would have n = 7 C / D of them for a factor, and its shares a relative variance of 1 / n; the entropy of
        // K shares then lacks (1 − 1 / K) / 2n of ln K on average, and four times that is far out.
        let splits = mean(sizes.iter().map(|&size| (7 * size.max(2)) as f64)) / CODES as f64;
        let factors = sizes.len() as f64;
        let lack = 4.0 * (1.0 - 1.0 / factors) / (2.0 * splits * factors.ln());
        prop_assert!((0.0..=lack).contains(&dci.score), "{} of {}", dci.score, lack);

        // The error of an area is √((N + 1) / 12 n₊ n₋), and averaged areas have no larger one.
        let area = |column: ArrayView1<'_, u32>| {
            let count = |class| column.iter().filter(|&&label| label == class).count();
            let counts = (0..5).map(count).filter(|&count| count > 0);
            let positives = counts.min().unwrap() as f64;
            let rows = TEST as f64;
            (2.0 * TAIL * (rows + 1.0) / (12.0 * positives * (rows - positives))).sqrt()
        };
        let areas = table.test().unwrap().factors().columns().into_iter().map(area).collect::<Vec<_>>();
        let explicitness = named(&table, "explicitness").score;
        prop_assert!((explicitness - 0.5).abs() <= mean(areas.into_iter()), "{}", explicitness);
    }

    #[test]
    fn correlations_are_those_of_as_many_rows((sizes, seed) in (sizes(), any::<u64>())) {
        let table = split(&sizes, seed);
        // Nρ² is a χ² of one degree of freedom.
        let continuous = MetricConfig::Sap(Sap { continuous: true, ..Sap::default() });
        let sap = part(&table, continuous, &Protocol::dlib()).score;
        let most = chi_square(1.0) / TRAIN as f64;
        prop_assert!((0.0..=most).contains(&sap), "{}", sap);
        let mcc = named(&table, "mcc").score;
        prop_assert!((0.0..=most.sqrt()).contains(&mcc), "{}", mcc);
        // R² of predictions p is 2 cov(p, v) − var p at most, so no more than their squared correlation.
        let r_squared = named(&table, "r_squared").score;
        prop_assert!((0.0..=chi_square(1.0) / TEST as f64).contains(&r_squared), "{}", r_squared);
    }

    /// Fixing a factor changes nothing: a code still deviates by its quantile, of its largest deviation.
    #[test]
    fn robustness_is_the_quantile_of_a_code((sizes, seed) in (sizes(), any::<u64>())) {
        let table = noise(TRAIN, CODES, &sizes, seed);
        let score = named(&table, "irs");
        let of_code = |code: ArrayView1<'_, f32>| {
            let center = code.mean().unwrap();
            let mut deviations: Vec<f64> = code.iter().map(|z| f64::from((z - center).abs())).collect();
            deviations.sort_unstable_by(f64::total_cmp);
            let largest = deviations[TRAIN - 1];
            (largest, 1.0 - deviations[TRAIN * 99 / 100] / largest)
        };
        let of_codes = table.codes().columns().into_iter().map(of_code).collect::<Vec<_>>();
        let weight: f64 = of_codes.iter().map(|(largest, _)| largest).sum();
        let expected = of_codes.iter().map(|(largest, robust)| largest * robust).sum::<f64>() / weight;
        // A quantile of n rows errs by √(0.01 · 0.99 / n) over the density there, 2φ(2.576); a value has N / C of the
        // rows, and C values, D codes are averaged. The best factor is at most off by as much.
        let smallest = weight / CODES as f64;
        let density = 2.0 * (-2.576f64.powi(2) / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let error = (2.0 * TAIL * 0.01 * 0.99 / TRAIN as f64).sqrt() / density / smallest;
        prop_assert!((score.score - expected).abs() <= error, "{} {} {}", score.score, expected, error);
    }
}

fn binned_entropy(code: ArrayView1<'_, f32>) -> f64 {
    let range = code.iter().fold([f32::MAX, f32::MIN], |[low, high], &z| {
        [low.min(z), high.max(z)]
    });
    let bins = code.mapv(|z| ((z - range[0]) / (range[1] - range[0]) * 20.0) as u32);
    entropy(bins.mapv(|bin| bin.min(19)).view())
}

/// Half of the rows of a value are above half of the others: no area reaches the threshold of 0.75.
#[test]
fn no_attribute_is_captured() {
    let table = noise(TRAIN, CODES, &[2, 2, 2], 0);
    assert_eq!(named(&table, "tad").score, 0.0);
}

/// A batch of 64 tells variances to √(2 / 63), the rows of a value differ by √(2C / N) from all others. Seen from D
/// codes that is a shift of s = √(63 C D / N) deviations, and two normal distributions so far apart are told
/// apart by s / √2π more often than by chance.
#[test]
fn a_fixed_factor_is_guessed() {
    let (sizes, rows) = ([5, 4, 3], 100_000);
    let table = noise(rows, CODES, &sizes, 3);
    let protocol = Protocol {
        num_train: 2000,
        num_test: 4000,
        ..Protocol::dlib()
    };
    let shift = (63.0 * 5.0 * CODES as f64 / rows as f64).sqrt();
    let tolerance = share(1.0 / 3.0, protocol.num_test) + shift / std::f64::consts::TAU.sqrt();
    for kind in ["beta_vae", "factor_vae"] {
        let score = part(&table, MetricConfig::named(kind).unwrap(), &protocol).score;
        assert!((score - 1.0 / 3.0).abs() < tolerance, "{kind}: {score}");
    }
}

/// The score of noise and those of its ten shuffles come in any order, so it is the highest once in eleven
/// tables; of 24 tables, twelve or more times with a probability of 3·10⁻⁷.
#[test]
fn what_rewards_noise_scores_noise_as_its_shuffles() {
    let metrics = ["modularity", "irs", "info_mec"].map(|kind| MetricConfig::named(kind).unwrap());
    let mut highest = [0; 3];
    for seed in 0..24 {
        let table = noise(200, 3, &[5, 4, 3], seed);
        let scores = evaluate(&table, &Protocol::dlib(), &metrics, Seeds::new(0)).unwrap();
        for (metric, highest) in metrics.iter().zip(&mut highest) {
            assert!(metric.as_part().rewards_noise());
            let Outcome::Score(score) = &scores.metrics[metric.kind()] else {
                panic!("{metric:?}")
            };
            // One more than the shuffles that score as high, of eleven.
            *highest += u32::from(number(score, "null_p_value") < 1.5 / 11.0);
        }
    }
    assert!(highest.iter().all(|&count| count < 12), "{highest:?}");
}
