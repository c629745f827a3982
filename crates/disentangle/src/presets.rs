//! The presets of `configs/presets/`, whole runs to begin with.
//!
//! What each is stands here, so that the program lists them wherever it is called; the tests compare it with the files.

/// A config that is a whole run.
pub(crate) struct Preset {
    /// Its file's name, without the extension.
    pub(crate) name: &'static str,
    /// What it is: the first sentence of the comment that it begins with, without the full stop.
    pub(crate) about: &'static str,
}

/// All of them, by name.
pub(crate) const PRESETS: &[Preset] = &[
    Preset {
        name: "celeba_ae",
        about: "The ancestor's autoencoder for CelebA",
    },
    Preset {
        name: "celeba_vae",
        about: "The ancestor's VAE for CelebA",
    },
    Preset {
        name: "dsprites_annealed_vae",
        about: "Controlled capacity increase on the procedural dSprites: γ·|KL − C|, C from 0 to 25 nats in 100,000 steps",
    },
    Preset {
        name: "dsprites_beta_tcvae",
        about: "The paper's objective on the procedural dSprites: controlled capacity increase and total correlation",
    },
    Preset {
        name: "dsprites_beta_vae",
        about: "A β-VAE on the procedural dSprites: the dsprites_vae preset with β = 4",
    },
    Preset {
        name: "dsprites_cvae",
        about: "A CVAE on the procedural dSprites: eight latents, and the shape beside them",
    },
    Preset {
        name: "dsprites_dip_vae_i",
        about: "DIP-VAE I on the procedural dSprites: the ancestor's dsprite_DIPVAEI, λ_od = 1 and λ_d = 10",
    },
    Preset {
        name: "dsprites_dip_vae_ii",
        about: "DIP-VAE II on the procedural dSprites: the ancestor's dsprite_DIPVAEII, λ_od = 1 and λ_d = 10",
    },
    Preset {
        name: "dsprites_factor_beta_tcvae",
        about: "Both total correlations, by density ratio and by minibatch, and controlled capacity on the procedural dSprites",
    },
    Preset {
        name: "dsprites_factor_ifcvae",
        about: "An IFCVAE whose latents are driven apart by FactorVAE's discriminator too",
    },
    Preset {
        name: "dsprites_factor_vae",
        about: "FactorVAE with controlled capacity increase on the procedural dSprites: the ancestor's dsprite_FactorVAE",
    },
    Preset {
        name: "dsprites_ifcvae",
        about: "An IFCVAE on the procedural dSprites: eight latents that should not tell the shape, which a label encoder infers",
    },
    Preset {
        name: "dsprites_info_vae",
        about: "InfoVAE (MMD-VAE) on the procedural dSprites: α = 0 and λ = 1000",
    },
    Preset {
        name: "dsprites_official",
        about: "A β-VAE on the official dSprites file; give its place with --set data.path=FILE",
    },
    Preset {
        name: "dsprites_vae",
        about: "A VAE on the procedural dSprites: the ancestor's dsprite_VAE, which ran until it was stopped",
    },
    Preset {
        name: "paper",
        about: "The paper's run in color: the KL held to a capacity that rises to 25 nats, and total correlation",
    },
    Preset {
        name: "quickstart",
        about: "A β-VAE on a part of the procedural dSprites: 18,432 images of 32x32, four factors, no download",
    },
];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/presets");

    #[test]
    fn every_file_is_listed_by_name() {
        let entries = fs::read_dir(FOLDER).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let listed = PRESETS.iter().map(|preset| format!("{}.yaml", preset.name));
        assert_eq!(listed.collect::<Vec<_>>(), names);
    }

    #[test]
    fn every_preset_says_what_its_file_says_in_a_line() {
        for Preset { name, about } in PRESETS {
            let text = fs::read_to_string(format!("{FOLDER}/{name}.yaml")).unwrap();
            assert_eq!(*about, first_sentence(&text), "{name}");
            assert!(!about.is_empty() && about.chars().count() <= 120, "{about}");
        }
    }

    /// Of the comment that a text begins with; it may take several lines.
    fn first_sentence(text: &str) -> String {
        let comment = text.lines().map_while(|line| line.strip_prefix('#'));
        let words: Vec<_> = comment.flat_map(str::split_whitespace).collect();
        let sentence = words.join(" ");
        let sentence = sentence.split(". ").next().unwrap_or_default();
        sentence.trim_end_matches('.').to_owned()
    }
}
