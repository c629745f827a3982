//! A report of a made-up run: a disc whose place, size and brightness four latents say, six say nothing.

use disentangle_visualization::{
    ConditionWalks, Curve, Curves, DecodeError, Error, FactorWalk, HeatMap, Panel, Picture,
    Relations, RunReport, ScoreRow, Traversal, TraversalOptions,
};

const SIDE: usize = 32;
const KL: [f32; 10] = [
    0.003, 2.41, 0.0, 3.72, 0.001, 2.87, 0.002, 1.94, 0.006, 0.004,
];
const FACTORS: [&str; 4] = ["size", "brightness", "x position", "y position"];

/// Decodes `[x, y, size, brightness]`, each of about −2 to 2.
fn disc([x, y, size, brightness]: [f32; 4]) -> Result<Picture, Error> {
    let values = (0..SIDE * SIDE).flat_map(|i| {
        let across = (i % SIDE) as f32 - 15.5 - 4.0 * x;
        let down = (i / SIDE) as f32 - 15.5 - 4.0 * y;
        let lit = (6.0 + 1.5 * size - across.hypot(down)).clamp(0.0, 1.0);
        let light = 0.7 + 0.15 * brightness;
        [lit * light, lit * light * 0.8, 0.15 + lit * 0.3]
    });
    Picture::from_floats(&values.collect::<Vec<_>>(), 3, (SIDE, SIDE))
}

fn decode(z: &[f32], _n: usize) -> Result<Vec<Picture>, DecodeError> {
    let pictures = z.chunks(KL.len()).map(|z| disc([z[3], z[5], z[1], z[7]]));
    Ok(pictures.collect::<Result<_, _>>()?)
}

/// Makes the report; another `shift` is another run.
pub(crate) fn run(name: &str, shift: f32) -> RunReport {
    let spec = Traversal {
        base: vec![0.2 * shift; KL.len()],
        kl: KL.to_vec(),
        inactive: vec![],
        range: (-2.0, 2.0).into(),
        steps: 9,
    };
    let walks = spec
        .walks(&mut decode, &TraversalOptions::default())
        .unwrap();
    let brighter = |name: &str, by| ConditionWalks {
        name: name.into(),
        walks: Traversal {
            base: (0..KL.len() as u8)
                .map(|latent| if latent == 5 { by } else { 0.0 })
                .collect(),
            ..spec.clone()
        }
        .walks(
            &mut decode,
            &TraversalOptions {
                only_active: true,
                ..TraversalOptions::default()
            },
        )
        .unwrap(),
    };
    let conditions = vec![
        brighter("light: dark", -2.0),
        brighter("light: bright", 2.0),
    ];
    let spread = |i: usize| [0.9, 0.37, 0.61, 0.5].map(|by| (i as f32 * by).sin() * 1.6);
    let pair = |i| {
        (
            disc(spread(i)).unwrap(),
            disc(spread(i).map(|v| 0.9 * v)).unwrap(),
        )
    };
    RunReport {
        name: name.into(),
        facts: facts(),
        warnings: vec![
            "6 of 10 latents carry nothing about the image (KL below 0.01): the posterior has collapsed there.".into(),
            "IRS is inflated by collapse: a constant code is perfectly robust.".into(),
        ],
        scores: scores(f64::from(shift)),
        scores_note: "Protocol dlib: 10,000 points train, 5,000 test; 4 of 10 codes are active.".into(),
        curves: curves(f64::from(shift)),
        matrices: vec![matrix("Mutual information (nats)"), matrix("DCI importance")],
        relations: Some(relations()),
        reconstructions: (0..16).map(pair).collect(),
        samples: (20..36).map(|i| disc(spread(i)).unwrap()).collect(),
        walks,
        conditions,
        factor_walks: (0..4).map(factor).collect(),
        config: format!("seed: 0\ntrain:\n  steps: 20000\n  lr: 0.{}\n", 1 + shift as u32),
        settings: vec![
            ("seed".into(), "0".into()),
            ("objective.terms.kl.weight".into(), shift.to_string()),
        ],
        reproduce: vec!["disentangle train config.yaml --run runs/again".into()],
    }
}

fn facts() -> Vec<(String, String)> {
    let facts = [
        ("data", "discs, 18,432 images of 32 × 32"),
        ("steps", "20,000 of 20,000"),
        ("seed", "0"),
        ("started", "2025-01-01 12:00 UTC"),
        ("training time", "2 min 30 s"),
        ("device", "cpu, 2 threads"),
        ("version", "0.0.0"),
        ("active latents", "4 of 10"),
    ];
    facts
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec()
}

fn scores(shift: f64) -> Vec<ScoreRow> {
    let score = |name: &str, value: f64, chance| ScoreRow {
        name: name.into(),
        value: Some(value),
        interval: Some([value - 0.03, value + 0.02]),
        chance,
        untrained: Some(value / 6.0),
        ..ScoreRow::default()
    };
    let mut dci = score("dci", 0.41 + 0.1 * shift, None);
    dci.details = vec![
        ("completeness".into(), "0.440".into()),
        ("informativeness".into(), "0.810".into()),
    ];
    let failed = ScoreRow {
        name: "irs".into(),
        error: Some("all codes but four are constant".into()),
        ..ScoreRow::default()
    };
    vec![
        score("mig", 0.31 + 0.05 * shift, None),
        dci,
        score("factor_vae", 0.76 - 0.1 * shift, Some(0.25)),
        failed,
    ]
}

fn curves(shift: f64) -> Vec<Curves> {
    let curve = |name: &str, value: &dyn Fn(f64) -> f64| Curve {
        name: name.into(),
        points: (1..=200)
            .map(|i| (f64::from(i) * 100.0, value(f64::from(i) / 20.0)))
            .collect(),
    };
    let terms = vec![
        curve("recon", &|t| 18.0 + shift + 600.0 * (-4.0 * t).exp()),
        curve("kl", &|t| 14.0 * (1.0 - (-t).exp()) + 0.1),
    ];
    let latents = [3, 5, 1, 7].map(|latent: u8| {
        let limit = f64::from(KL[usize::from(latent)]);
        curve(&format!("z{latent}"), &|t| {
            limit / (1.0 + (4.0 - 2.0 * t).exp())
        })
    });
    vec![
        Curves::new("Loss terms, unweighted", terms),
        Curves::new("KL of each latent (nats)", latents.to_vec()),
        Curves::new("Learning rate", vec![curve("lr", &|_| 1e-4)]),
    ]
}

/// How much a latent says about a factor.
fn tie(latent: usize, factor: usize) -> f64 {
    let mine = [1, 7, 3, 5][factor];
    if latent == mine {
        0.9 - 0.15 * factor as f64
    } else {
        0.02
    }
}

fn matrix(title: &str) -> HeatMap {
    HeatMap {
        title: title.into(),
        rows: (0..10).map(|latent| format!("z{latent}")).collect(),
        columns: FACTORS.map(Into::into).to_vec(),
        values: (0..40).map(|i| tie(i / 4, i % 4)).collect(),
        range: None,
    }
}

fn relations() -> Relations {
    let panel = |latent: usize, factor: usize| Panel {
        means: (-4..=4)
            .map(|v| tie(latent, factor) * f64::from(v) / 2.0)
            .collect(),
        deviations: vec![1.0 - tie(latent, factor); 9],
    };
    Relations {
        title: "Codes by factor".into(),
        latents: [3, 5, 1, 7].map(|latent| format!("z{latent}")).to_vec(),
        factors: FACTORS.map(Into::into).to_vec(),
        panels: [3, 5, 1, 7]
            .iter()
            .flat_map(|&latent| (0..4).map(move |factor| panel(latent, factor)))
            .collect(),
    }
}

fn factor(factor: usize) -> FactorWalk {
    let at = |value: usize| {
        let mut pose = [0.3, -0.4, 0.5, 0.0];
        pose[[2, 3, 0, 1][factor]] = value as f32 / 2.0 - 2.0;
        pose
    };
    let code = |value: usize| {
        let [x, y, size, brightness] = at(value);
        let mut code = vec![0.02; KL.len()];
        (code[3], code[5], code[1], code[7]) = (x, y, size, brightness);
        code
    };
    FactorWalk {
        name: FACTORS[factor].into(),
        labels: (1..=9).map(|value| format!("{value} of 9")).collect(),
        originals: (0..9).map(|value| disc(at(value)).unwrap()).collect(),
        reconstructions: (0..9)
            .map(|value| disc(at(value).map(|v| 0.9 * v)).unwrap())
            .collect(),
        codes: (0..9).map(code).collect(),
    }
}
