//! A row of convolutions, forwards.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::{
    Parameters,
    plan::{Plan, Way, cut},
};
use crate::{simd::End, workspace::Workspace};

/// Writes the last output of images `x`; returns the outputs of the layers before, in their frames, if they are kept.
pub(crate) fn forward(
    plan: &Plan,
    parameters: &[Parameters<'_>],
    x: &[f32],
    (y, keep): (&mut [MaybeUninit<f32>], bool),
) -> Vec<Workspace> {
    let ways: Vec<Way> = (0..parameters.len()).map(|i| plan.forward(i)).collect();
    let packed = ways.iter().zip(parameters);
    let packed: Vec<_> = packed.map(|(way, own)| way.pack(own.weight)).collect();
    let forward = Forward {
        plan,
        parameters,
        ways,
        packed,
    };
    let mut kept: Vec<Workspace> = match keep {
        true => (1..parameters.len())
            .map(|i| plan.buffer(i, plan.batch()))
            .collect(),
        false => Vec::new(),
    };
    let mut rest: Vec<&mut [f32]> = kept.iter_mut().map(|buffer| &mut **buffer).collect();
    let sizes = [0, parameters.len()].map(|i| {
        let frame = &plan.frames[i];
        plan.group * frame.channels * frame.size[0] * frame.size[1]
    });
    let mut groups = Vec::new();
    for (x, y) in x.chunks(sizes[0].max(1)).zip(y.chunks_mut(sizes[1].max(1))) {
        let lens = plan.frames[1..]
            .iter()
            .map(|frame| plan.group * frame.len());
        let between = rest.iter_mut().zip(lens);
        let between: Vec<_> = between.map(|(rest, len)| cut(rest, len)).collect();
        groups.push((x, between, y));
    }
    groups
        .into_par_iter()
        .for_each(|(x, between, y)| forward.run_group(x, between, y));
    kept
}

struct Forward<'a> {
    plan: &'a Plan,
    parameters: &'a [Parameters<'a>],
    ways: Vec<Way>,
    packed: Vec<Vec<Workspace>>,
}

impl Forward<'_> {
    /// From planes to planes; `between` takes the outputs before the last, if they are kept.
    fn run_group(&self, x: &[f32], between: Vec<&mut [f32]>, y: &mut [MaybeUninit<f32>]) {
        let (plan, layers) = (self.plan, self.ways.len());
        let frame = plan.frames[0];
        let images = x.len() / (frame.channels * frame.size[0] * frame.size[1]);
        let mut first = plan.buffer(0, images);
        let len = images * frame.len();
        frame.read(x, &mut first[..len]);
        let mut source: &[f32] = &first;
        let mut between = between.into_iter();
        let mut own: Vec<Workspace> = Vec::new();
        let mut kept: Vec<&[f32]> = Vec::new();
        for i in 0..layers {
            match between.next() {
                Some(target) => {
                    self.run_layer(i, (source, images), target);
                    kept.push(target);
                    source = kept[i];
                }
                None => {
                    let mut target = plan.buffer(i + 1, images);
                    let source = own.last().map_or(source, |own| own);
                    self.run_layer(i, (source, images), &mut target);
                    own.clear();
                    own.push(target);
                }
            }
        }
        if let Some(last) = own.last() {
            let frame = plan.frames[layers];
            frame.write(&last[..images * frame.len()], y);
        }
    }

    fn run_layer(&self, i: usize, source: (&[f32], usize), target: &mut [f32]) {
        let frame = self.plan.frames[i + 1];
        frame.clear_borders(&mut target[..source.1 * frame.len()]);
        let end = End::Activation(self.plan.convolutions[i].activation);
        self.ways[i].run(
            source,
            &self.packed[i],
            target,
            (self.parameters[i].bias, end),
        );
    }
}
