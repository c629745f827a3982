//! The three variants, and what was published about them.

/// A variant of the data set.
pub(super) struct Variant {
    pub(super) name: &'static str,
    /// The `data` of the configuration.
    pub(super) data: &'static str,
    /// Published scores, in the order of [`METRICS`](super::scores::METRICS).
    pub(super) published: Option<[f64; 5]>,
}

/// MPI3D if it is there, `arm` otherwise.
pub(super) fn of(mpi3d: bool) -> &'static [Variant; 3] {
    if mpi3d { &MPI3D } else { &ARM }
}

/// Published: the leaderboard of the NeurIPS 2019 disentanglement challenge for realistic and real, and
/// the log of a run of 30,000 iterations for toy.
const MPI3D: [Variant; 3] = [
    Variant {
        name: "toy",
        data: "{kind: mpi3d, variant: toy}",
        published: Some([0.394, 0.472, 0.127, 0.204, 0.606]),
    },
    Variant {
        name: "realistic",
        data: "{kind: mpi3d, variant: realistic}",
        published: Some([0.3989, 0.3614, 0.1443, 0.2067, 0.6315]),
    },
    Variant {
        name: "real",
        data: "{kind: mpi3d, variant: real}",
        published: Some([0.4044, 0.5226, 0.1592, 0.2367, 0.6423]),
    },
];

const ARM: [Variant; 3] = [
    Variant {
        name: "plain",
        data: "{kind: arm, variant: plain}",
        published: None,
    },
    Variant {
        name: "relit",
        data: "{kind: arm, variant: relit}",
        published: None,
    },
    Variant {
        name: "unseen_shapes",
        data: "{kind: arm, variant: unseen_shapes}",
        published: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mpi3d_has_published_numbers() {
        assert!(of(true).iter().all(|variant| variant.published.is_some()));
        assert!(of(false).iter().all(|variant| variant.published.is_none()));
    }
}
