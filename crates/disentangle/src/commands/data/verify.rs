//! `data verify`: are the files that are here the published ones?

use std::path::Path;

use anyhow::{Context, ensure};
use disentangle_data::{Places, Progress, Verdict, catalog};

use super::{Place, bar, of_file};
use crate::commands::print;
use crate::console::Verbosity;

/// Compare the files that are here with their published checksums.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  disentangle data verify shapes3d --path 3dshapes.h5
  disentangle data verify config.yaml")]
pub(crate) struct Verify {
    /// Name of the data set, see `data list`, or a config file whose `data` is verified.
    name: String,
    #[command(flatten)]
    place: Place,
}

impl Verify {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let name = &self.name;
        let places = Places::from_env();
        let config = of_file(name, &self.place)?;
        let bar = bar(verbosity);
        let mut progress = |_: &Path, progress: Progress| {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        };
        let verdicts = match &config {
            Some(config) => catalog::verify_config(config, &places, &mut progress),
            None => catalog::find(name, &places, self.place.path.as_deref())
                .and_then(|found| catalog::verify(&found, &mut progress)),
        };
        bar.finish_and_clear();
        let verdicts = verdicts.with_context(|| format!("verifying {name}"))?;
        ensure!(
            !verdicts.is_empty() || config.is_none(),
            "no file that `{name}` names is here, or it names none: its images are drawn in code"
        );
        ensure!(
            !verdicts.is_empty(),
            "no file of `{name}` is here: `disentangle data info {name}` tells where it is looked for and published"
        );
        let mut n_bad = 0;
        for (path, verdict) in &verdicts {
            let text = match verdict {
                Verdict::KnownGood => "known good".to_owned(),
                Verdict::KnownBad(why) => format!("known bad: {why}"),
                Verdict::Unknown(why) => format!("unknown: {why}"),
            };
            n_bad += usize::from(matches!(verdict, Verdict::KnownBad(_)));
            print(&format!("{}: {text}\n", path.display()));
        }
        ensure!(
            n_bad == 0,
            "{n_bad} of {} files are known to be bad",
            verdicts.len()
        );
        Ok(())
    }
}
