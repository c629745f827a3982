//! `data verify`: are the files that are here the published ones?

use anyhow::ensure;
use disentangle_data::{Places, Verdict, catalog};

use super::{Place, bar};
use crate::commands::print;
use crate::console::Verbosity;

/// Compare the files that are here with their published checksums.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: disentangle data verify shapes3d --path 3dshapes.h5")]
pub(crate) struct Verify {
    /// Name of the data set, see `data list`.
    name: String,
    #[command(flatten)]
    place: Place,
}

impl Verify {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let name = &self.name;
        let found = catalog::find(name, &Places::from_env(), self.place.path.as_deref())?;
        let bar = bar(verbosity);
        let verdicts = catalog::verify(&found, &mut |_, progress| {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        });
        bar.finish_and_clear();
        let verdicts = verdicts?;
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
