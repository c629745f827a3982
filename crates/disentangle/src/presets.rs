//! The presets of `configs/presets/`, whole runs to begin with.
//!
//! Their text is in the program, so that it lists them wherever it is called.

/// A config that is a whole run.
pub(crate) struct Preset {
    /// Its file's name, without the extension.
    pub(crate) name: &'static str,
    text: &'static str,
}

macro_rules! presets {
    ($($name:literal),+ $(,)?) => {
        &[$(Preset {
            name: $name,
            text: include_str!(concat!("../../../configs/presets/", $name, ".yaml")),
        }),+]
    };
}

/// All of them, by name.
pub(crate) const PRESETS: &[Preset] = presets![
    "celeba_ae",
    "celeba_vae",
    "dsprites_annealed_vae",
    "dsprites_beta_tcvae",
    "dsprites_beta_vae",
    "dsprites_cvae",
    "dsprites_dip_vae_i",
    "dsprites_dip_vae_ii",
    "dsprites_factor_beta_tcvae",
    "dsprites_factor_ifcvae",
    "dsprites_factor_vae",
    "dsprites_ifcvae",
    "dsprites_info_vae",
    "dsprites_official",
    "dsprites_vae",
    "paper",
    "quickstart",
];

impl Preset {
    /// What it is: the first sentence of the comment that it begins with, without the full stop.
    pub(crate) fn about(&self) -> String {
        let comment = self.text.lines().map_while(|line| line.strip_prefix('#'));
        let words: Vec<_> = comment.flat_map(str::split_whitespace).collect();
        let sentence = words.join(" ");
        let sentence = sentence.split(". ").next().unwrap_or_default();
        sentence.trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_file_is_listed_by_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/presets");
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let listed = PRESETS.iter().map(|preset| format!("{}.yaml", preset.name));
        assert_eq!(listed.collect::<Vec<_>>(), names);
    }

    #[test]
    fn every_preset_says_what_it_is_in_a_line() {
        for preset in PRESETS {
            let about = preset.about();
            assert!(!about.is_empty() && about.chars().count() <= 120, "{about}");
        }
    }

    #[test]
    fn a_sentence_may_take_two_lines() {
        let preset = Preset {
            name: "two",
            text: "# A VAE on\n# squares. After a paper.\nseed: 0\n# data\n",
        };
        assert_eq!(preset.about(), "A VAE on squares");
    }
}
