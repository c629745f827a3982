//! The kernels' own source against what `primitives.rs` and `adam.rs` compute: a C compiler makes it run on the host.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use candle_core::{Device, Tensor, Var};

use super::primitives::{Fold, Planes, ToChannels, ToImages, Unfold, binary, unary};
use super::sizes::Sizes;
use crate::adam::Update;
use crate::convolution::Geometry;
use crate::{
    Activation, AdamHyper, AdamMoments, AdamParam, StoredImages, adam_step_all, gather_images,
};

/// Compiles the kernels for the host, once; rustc links with `cc` too.
fn program() -> PathBuf {
    static PROGRAM: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/cuda/on_host.c");
        let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        cc.args([
            "-O1",
            "-ffp-contract=off",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-o",
        ]);
        cc.arg(folder.path().join("on_host")).arg(source).arg("-lm");
        assert!(cc.status().unwrap().success());
        folder
    });
    folder.path().join("on_host")
}

fn run(kernel: &str, outputs: usize, numbers: &[String], arrays: &[&[f32]]) -> Vec<f32> {
    let mut input = Vec::new();
    for array in arrays {
        input.extend((array.len() as u32).to_le_bytes());
        input.extend(array.iter().flat_map(|x| x.to_le_bytes()));
    }
    let mut child = Command::new(program())
        .args([kernel, &outputs.to_string()])
        .args(numbers)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{kernel}: {}", output.status);
    let (numbers, _) = output.stdout.as_chunks::<4>();
    numbers.iter().map(|&x| f32::from_le_bytes(x)).collect()
}

/// Numbers of both signs, some zero.
fn array(len: usize) -> Vec<f32> {
    let number = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 101. - 5.;
    (0..len)
        .map(|i| if i % 11 == 3 { 0. } else { number(i) })
        .collect()
}

fn tensor(array: &[f32]) -> Tensor {
    Tensor::from_slice(array, array.len(), &Device::Cpu).unwrap()
}

fn vector(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Odd sizes, paddings that reach over the edge, strides that leave a rest, and kernels larger than their step.
fn geometries() -> Vec<Sizes> {
    let cases = [
        ([2, 3, 7, 5], [3, 2], 2, 1),
        ([1, 2, 6, 6], [4, 4], 2, 1),
        ([3, 1, 5, 8], [1, 3], 3, 0),
        ([2, 2, 4, 4], [4, 4], 1, 3),
        ([2, 2, 3, 3], [1, 1], 2, 2),
    ];
    let sizes = |([batch, channels, height, width], kernel, stride, padding): (
        [usize; 4],
        [usize; 2],
        usize,
        usize,
    )| {
        let weight = Tensor::zeros(
            (4, channels, kernel[0], kernel[1]),
            candle_core::DType::F32,
            &Device::Cpu,
        );
        let x = [batch, channels, height, width];
        let geometry = Geometry::of_conv2d(&x, &weight.unwrap(), None, stride, padding).unwrap();
        Sizes::new(&geometry).unwrap()
    };
    cases.map(sizes).to_vec()
}

fn words(sizes: &Sizes) -> Vec<String> {
    let Sizes {
        batch,
        channels,
        height,
        width,
        narrow_height,
        narrow_width,
        kernel_height,
        kernel_width,
        stride,
        padding,
    } = sizes;
    [
        batch,
        channels,
        height,
        width,
        narrow_height,
        narrow_width,
        kernel_height,
        kernel_width,
        stride,
        padding,
    ]
    .map(ToString::to_string)
    .to_vec()
}

#[test]
fn unfolding_is_that_of_the_host() {
    for sizes in geometries() {
        let wide = array(sizes.wide().iter().product());
        let expected = vector(&unary(&Unfold(sizes), &tensor(&wide)).unwrap());
        assert_eq!(
            run("unfold", expected.len(), &words(&sizes), &[&wide, &[]]),
            expected,
            "{sizes:?}"
        );
    }
}

#[test]
fn folding_is_that_of_the_host() {
    for sizes in geometries() {
        for (biased, activation) in [
            (true, Activation::Relu),
            (false, Activation::LeakyRelu(0.25)),
        ] {
            let columns = array(sizes.rows() * sizes.batch as usize * sizes.area());
            let bias = array(sizes.channels as usize);
            let fold = Fold {
                sizes,
                biased,
                activation,
            };
            let expected = vector(&binary(&fold, &tensor(&columns), &tensor(&bias)).unwrap());
            let mut words = words(&sizes);
            words.extend([
                u32::from(biased).to_string(),
                activation.negative_slope().to_string(),
            ]);
            let wide = run("fold", expected.len(), &words, &[&columns, &bias]);
            for (found, expected) in wide.iter().zip(&expected) {
                // 1e-5: up to 16 numbers of at most 5, summed in two orders.
                assert!(
                    (found - expected).abs() < 1e-5,
                    "{sizes:?}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn planes_move_as_on_the_host() {
    let planes = Planes {
        batch: 3,
        channels: 4,
        area: 5,
    };
    for activation in [
        Activation::None,
        Activation::Relu,
        Activation::LeakyRelu(0.5),
    ] {
        let (x, bias) = (array(60), array(4));
        let slope = activation.negative_slope().to_string();
        for biased in [false, true] {
            let op = ToImages {
                planes,
                biased,
                activation,
            };
            let expected = vector(&binary(&op, &tensor(&x), &tensor(&bias)).unwrap());
            let words = ["3", "4", "5", if biased { "1" } else { "0" }, &slope].map(String::from);
            assert_eq!(
                run("to_images", 60, &words, &[&x, &bias]),
                expected,
                "{activation:?}"
            );
        }
        let y: Vec<f32> = array(67)[7..].iter().map(|x| -x).collect();
        let op = ToChannels { planes, activation };
        let expected = vector(&binary(&op, &tensor(&x), &tensor(&y)).unwrap());
        let words = ["3", "4", "5", &slope].map(String::from);
        assert_eq!(
            run("to_channels", 60, &words, &[&x, &y]),
            expected,
            "{activation:?}"
        );
    }
}

#[test]
fn gathering_is_that_of_the_host() {
    for (channels, packed) in [(1, true), (1, false), (3, false)] {
        let stored = StoredImages {
            channels,
            height: 4,
            width: 6,
            packed,
        };
        let bytes: Vec<u8> = (0..5 * stored.n_bytes())
            .map(|i| (i * 37 % 256) as u8)
            .collect();
        let table = Tensor::from_slice(&bytes, (5, stored.n_bytes()), &Device::Cpu).unwrap();
        let expected = vector(&gather_images(&table, &[4, 0, 3], stored).unwrap());
        let floats: Vec<f32> = bytes.iter().map(|&byte| byte.into()).collect();
        let words =
            [channels, 24, packed.into(), bytes.len(), 3].map(|word: usize| word.to_string());
        let found = run("gather", expected.len(), &words, &[&floats, &[4., 0., 3.]]);
        assert_eq!(found, expected, "{stored:?}");
    }
}

#[test]
fn adam_is_that_of_the_host() {
    let hyper = AdamHyper {
        lr: 0.1,
        beta1: 0.9,
        beta2: 0.99,
        eps: 1e-3,
        step: 3,
    };
    let all = array(24);
    let (one, two, grad) = (array(5), array(7), &all[12..17]);
    let (first, second) = (
        array(12),
        array(12).iter().map(|x| x.abs()).collect::<Vec<_>>(),
    );
    let vars = [&one, &two].map(|x| Var::from_tensor(&tensor(x)).unwrap());
    let moments = AdamMoments {
        first: tensor(&first),
        second: tensor(&second),
    };
    let gradient = tensor(grad);
    let params = [
        AdamParam {
            var: &vars[0],
            grad: Some(&gradient),
        },
        AdamParam {
            var: &vars[1],
            grad: None,
        },
    ];
    let before = [5.to_string(), 7.to_string()];
    let words: Vec<String> = before
        .into_iter()
        .chain(Update::new(hyper).factors().map(|x| x.to_string()))
        .collect();
    let found = run("adam", 36, &words, &[&one, &two, grad, &first, &second]);
    adam_step_all(&params, &moments, hyper).unwrap();
    let expected = [
        vars[0].as_tensor(),
        vars[1].as_tensor(),
        &moments.first,
        &moments.second,
    ]
    .map(vector)
    .concat();
    for (found, expected) in found.iter().zip(&expected) {
        // 1e-5: roundings of numbers up to 30.
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
}
