//! How the cost of the six scores grows with rows, codes and factors.
//!
//! `cargo run --release -p disentangle-metrics --features cli --example cost -- FOLDER` takes the
//! processor time of each score on one thread, the least of three, and writes `cost.csv`, and `cost-rows.svg`, `cost-codes.svg` and
//! `cost-factors.svg`. It prints, for each, the power of the axis that the seconds follow: 1 is linear.

use std::error::Error;
use std::path::PathBuf;

use disentangle_metrics::{MetricConfig, Outcome, Protocol, Table, evaluate};
use disentangle_seeds::Seeds;
use disentangle_visualization::{Curve, Curves, Theme};
use ndarray::Array2;

const SIX: [&str; 6] = ["beta_vae", "factor_vae", "mig", "sap", "dci", "irs"];
const REPEATS: usize = 3;
/// Values of each factor.
const SIZE: u64 = 5;

/// What is timed: a table of so many rows, half as many to test on, codes and factors.
#[derive(Clone, Copy)]
struct Shape {
    rows: usize,
    codes: usize,
    factors: usize,
}

const MIDDLE: Shape = Shape {
    rows: 4000,
    codes: 10,
    factors: 4,
};

type Axis = (&'static str, [usize; 5], fn(usize) -> Shape);

const AXES: [Axis; 3] = [
    ("rows", [1000, 2000, 4000, 8000, 16_000], |rows| Shape {
        rows,
        ..MIDDLE
    }),
    ("codes", [3, 5, 10, 20, 40], |codes| Shape {
        codes,
        ..MIDDLE
    }),
    ("factors", [2, 4, 6, 8, 16], |factors| Shape {
        factors,
        ..MIDDLE
    }),
];

#[expect(clippy::print_stdout, reason = "a measurement shows its result")]
fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("expected FOLDER")?);
    std::fs::create_dir_all(&folder)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let mut csv = "axis,value,metric,seconds\n".to_owned();
    for (axis, values, shape) in AXES {
        let mut curves = Vec::new();
        for name in SIX {
            let mut points = Vec::new();
            for value in values {
                let seconds = pool.install(|| seconds(shape(value), name))?;
                csv += &format!("{axis},{value},{name},{seconds:.5}\n");
                points.push(((value as f64).log2(), seconds));
            }
            println!("{axis:8} {name:10} power {:.2}", power(&points));
            curves.push(Curve {
                name: name.to_owned(),
                points,
            });
        }
        let title = format!("Seconds of a score, by {axis}");
        let curves = Curves {
            x_label: format!("log₂ of the number of {axis}"),
            ..Curves::new(title, curves)
        };
        let path = folder.join(format!("cost-{axis}.svg"));
        std::fs::write(path, curves.svg(Theme::default())?)?;
    }
    std::fs::write(folder.join("cost.csv"), csv)?;
    Ok(())
}

/// The fastest of some evaluations.
fn seconds(shape: Shape, name: &str) -> Result<f64, Box<dyn Error + Send + Sync>> {
    let part = |rows, purpose| table(Shape { rows, ..shape }, purpose);
    let table = part(shape.rows, "train")?.with_test(part(shape.rows / 2, "test")?)?;
    let metric = [MetricConfig::named(name)?];
    let protocol = Protocol {
        permutations: 0,
        ..Protocol::dlib()
    };
    let mut fastest = f64::INFINITY;
    for _ in 0..REPEATS {
        let before = cpu_seconds();
        let scores = evaluate(&table, &protocol, &metric, Seeds::new(0))?;
        fastest = fastest.min(cpu_seconds() - before);
        if let Outcome::Failed(why) = &scores.metrics[name] {
            return Err(why.clone().into());
        }
    }
    Ok(fastest)
}

/// Processor time of all threads so far: on a machine that others use it tells more than a clock.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Codes that each know two factors, with noise, so that trees have something to find and something to mistake.
fn table(shape: Shape, purpose: &str) -> Result<Table, disentangle_metrics::Error> {
    let mut stream = Seeds::new(0).stream(purpose, 0);
    let size = (shape.rows, shape.factors);
    let factors = Array2::from_shape_fn(size, |_| stream.below(SIZE) as u32);
    let codes = Array2::from_shape_fn((shape.rows, shape.codes), |(row, d)| {
        let [first, second] = [d, d + 1].map(|k| factors[[row, k % shape.factors]] as f32);
        first + 0.3 * second + 0.5 * stream.normal() as f32
    });
    Table::new(codes, factors)
}

/// The slope of log₂ of the seconds: of a power law, its exponent.
fn power(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<_> = points.iter().map(|&(x, y)| (x, y.log2())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / logs.len() as f64;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let product: f64 = logs.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let square: f64 = logs.iter().map(|point| (point.0 - x).powi(2)).sum();
    product / square
}
