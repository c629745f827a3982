//! Latent traversals: one latent at a time walks over a range, the others stay at the base.
//!
//! Rows are sorted by the latents' KL divergence from the prior, largest first (ties by index), and
//! say it: a latent with no divergence carries nothing about the image and its row shows no change.

use crate::range::decimals;
use crate::sheet::Sheet;
use crate::{Animation, DecodeError, Error, Label, Picture, Range, Style};

/// Latents beside each other in an animation.
const BESIDE: usize = 10;

/// Turns `n` latent vectors, `[n, D]` row-major, into `n` pictures.
pub type Decode<'a> = dyn FnMut(&[f32], usize) -> Result<Vec<Picture>, DecodeError> + 'a;

/// What is traversed.
#[derive(Debug, Clone, PartialEq)]
pub struct Traversal {
    /// The latents of the image to start from, `[D]`.
    pub base: Vec<f32>,
    /// The KL divergence of each latent from the prior in nats, `[D]`.
    pub kl: Vec<f32>,
    /// Latents that carry nothing about the image though they have a divergence, such as one that an
    /// objective demands: they count as inactive.
    pub inactive: Vec<usize>,
    /// Where the latent walks; usual is from −2 to 2.
    pub range: Range,
    /// Values from first to last, evenly spaced, at least 2.
    pub steps: usize,
}

/// How traversals are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct TraversalOptions {
    /// The most rows, those of the largest KL; all by default.
    pub max_latents: Option<usize>,
    /// A latent of at most this KL, in nats, is inactive: set apart, with a dimmed label.
    pub inactive_kl: f32,
    /// Whether inactive latents are left out, and counted in the title instead.
    pub only_active: bool,
    /// What the numbers of `kl` are called; another name where a model has no divergence.
    pub measure: String,
    /// A line above everything.
    pub title: Option<String>,
    /// Enlargement, gaps and colors.
    pub style: Style,
}

impl Default for TraversalOptions {
    fn default() -> Self {
        Self {
            max_latents: None,
            inactive_kl: 0.01,
            only_active: false,
            measure: "KL".into(),
            title: Some("Traversals: one latent moves, sorted by KL (nats)".into()),
            style: Style::default(),
        }
    }
}

impl Traversal {
    /// Decodes and draws the traversal with the default options.
    ///
    /// # Errors
    /// As [`traversal()`].
    pub fn draw(&self, decode: &mut Decode<'_>) -> Result<Picture, Error> {
        traversal(decode, self, &TraversalOptions::default())
    }
}

/// One latent on its way, and what it decodes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// The latent, from 0.
    pub latent: usize,
    /// Its KL divergence from the prior in nats, or what it is measured by instead.
    pub kl: f32,
    /// What that number is called.
    pub measure: String,
    /// Whether that is more than an inactive latent has.
    pub active: bool,
    /// The values that it takes, from first to last.
    pub values: Vec<f32>,
    /// The picture of each value.
    pub pictures: Vec<Picture>,
}

/// Decodes and draws a traversal; `decode` is called once for each row of the sheet.
///
/// # Errors
/// If the traversal or an option makes no sense (before anything is decoded), if `decode` fails or
/// returns another number of pictures than asked for, or if these differ in size.
pub fn traversal(
    decode: &mut Decode<'_>,
    traversal: &Traversal,
    options: &TraversalOptions,
) -> Result<Picture, Error> {
    let walks = traversal.walks(decode, options)?;
    traversal.sheet(&walks, options)
}

impl Traversal {
    /// Decodes each latent's walk, the latent of the largest KL first.
    ///
    /// # Errors
    /// As [`traversal()`], but for the pictures' sizes.
    pub fn walks(
        &self,
        decode: &mut Decode<'_>,
        options: &TraversalOptions,
    ) -> Result<Vec<Walk>, Error> {
        self.check()?;
        options.check()?;
        let mut order = self.order(options);
        if options.only_active {
            order.retain(|&latent| self.is_active(latent, options));
        }
        order.truncate(options.max_latents.unwrap_or(order.len()));
        let walk = |latent: usize| {
            let values = self.range.values(latent, self.steps);
            Ok(Walk {
                latent,
                kl: self.kl[latent],
                measure: options.measure.clone(),
                active: self.is_active(latent, options),
                pictures: self.decode_row(latent, &values, decode)?,
                values,
            })
        };
        order.into_iter().map(walk).collect()
    }

    /// Draws walks, a row each.
    ///
    /// # Errors
    /// If there are none, or if the pictures differ in number or size.
    pub fn sheet(&self, walks: &[Walk], options: &TraversalOptions) -> Result<Picture, Error> {
        let active = walks.iter().filter(|walk| walk.active).count();
        // A break only where both kinds of latents are shown.
        let breaks: Vec<usize> = (1..walks.len()).filter(|&row| row == active).collect();
        let cells = walks.iter().map(|walk| walk.pictures.iter().map(Some));
        let columns = self.range.labels(self.steps).into_iter().map(Label::from);
        let title = self.title(options);
        let sheet = Sheet {
            cells: cells.map(Iterator::collect).collect(),
            title: title.as_deref(),
            row_labels: &self.row_labels(walks),
            column_labels: &columns.collect::<Vec<_>>(),
            breaks: &breaks,
            style: &options.style,
        };
        sheet.draw()
    }

    /// Draws walks as an animation, the latents beside each other, all walking there and back.
    ///
    /// # Errors
    /// As [`sheet`](Self::sheet).
    pub fn animation(
        &self,
        walks: &[Walk],
        options: &TraversalOptions,
    ) -> Result<Animation, Error> {
        if walks.is_empty() {
            return Err(Error::Nothing { what: "latents" });
        }
        let options = TraversalOptions {
            title: self.title(options),
            ..options.clone()
        };
        let frames = (0..self.steps).map(|step| frame(walks, step, &options));
        Ok(Animation::back_and_forth(frames.collect::<Result<_, _>>()?))
    }
}

/// Draws the same step of all walks.
fn frame(walks: &[Walk], step: usize, options: &TraversalOptions) -> Result<Picture, Error> {
    let rows = walks.chunks(BESIDE).enumerate().map(|(row, walks)| {
        let label = |walk: &Walk| Label {
            text: format!("z{} {}", walk.latent, decimals(walk.kl, 2)),
            dimmed: !walk.active,
        };
        let found = walks.iter().map(|walk| walk.pictures.get(step));
        let labels: Vec<_> = walks.iter().map(label).collect();
        let sheet = Sheet {
            cells: vec![found.collect()],
            title: options.title.as_deref().filter(|_| row == 0),
            row_labels: &[],
            column_labels: &labels,
            breaks: &[],
            style: &options.style,
        };
        sheet.draw()
    });
    let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
    Picture::stacked(&rows, options.style.theme.background())
}

impl Traversal {
    fn check(&self) -> Result<(), Error> {
        if self.base.is_empty() {
            return Err(Error::Nothing { what: "latents" });
        }
        if self.kl.len() != self.base.len() {
            return Err(Error::Mismatch {
                what: "values of `kl`",
                found: self.kl.len(),
                to: "latents of `base`",
                expected: self.base.len(),
            });
        }
        finite("base value", &self.base)?;
        finite("KL", &self.kl)?;
        self.range.check(self.base.len())?;
        if self.steps < 2 {
            return senseless("steps", self.steps.to_string(), "at least 2");
        }
        Ok(())
    }

    /// The title, which counts the inactive latents if they are left out.
    fn title(&self, options: &TraversalOptions) -> Option<String> {
        let title = options.title.as_ref()?;
        if !options.only_active {
            return Some(title.clone());
        }
        let latents = 0..self.kl.len();
        let inactive = latents.filter(|&latent| !self.is_active(latent, options));
        Some(format!("{title}; inactive: {}", inactive.count()))
    }

    fn is_active(&self, latent: usize, options: &TraversalOptions) -> bool {
        self.kl[latent] > options.inactive_kl && !self.inactive.contains(&latent)
    }

    /// Returns the latents from the largest KL to the smallest, the inactive ones last.
    fn order(&self, options: &TraversalOptions) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.kl.len()).collect();
        // Stable, so that equal latents stay in the order of their indices.
        order.sort_by(|&a, &b| self.kl[b].total_cmp(&self.kl[a]));
        order.sort_by_key(|&latent| !self.is_active(latent, options));
        order
    }

    /// Labels walks with their KL; the inactive ones are dimmed.
    fn row_labels(&self, walks: &[Walk]) -> Vec<Label> {
        let names: Vec<_> = walks
            .iter()
            .map(|walk| format!("z{}", walk.latent))
            .collect();
        let numbers: Vec<_> = walks.iter().map(|walk| decimals(walk.kl, 2)).collect();
        let notes: Vec<_> = walks
            .iter()
            .map(|walk| self.range.note(walk.latent).unwrap_or_default())
            .collect();
        let (name_width, number_width) = (longest(&names), longest(&numbers));
        let note_width = longest(&notes) + 2 * usize::from(longest(&notes) > 0);
        let rows = walks.iter().zip(names).zip(numbers.iter().zip(notes));
        rows.map(|((walk, name), (number, note))| Label {
            text: format!(
                "{name:<name_width$}  {} {number:>number_width$}{note:>note_width$}",
                walk.measure
            ),
            dimmed: !walk.active,
        })
        .collect()
    }

    fn decode_row(
        &self,
        latent: usize,
        values: &[f32],
        decode: &mut Decode<'_>,
    ) -> Result<Vec<Picture>, Error> {
        let mut latents = self.base.repeat(values.len()); // [n, D]
        let walking = latents.iter_mut().skip(latent).step_by(self.base.len());
        for (place, value) in walking.zip(values) {
            *place = *value;
        }
        let pictures =
            decode(&latents, values.len()).map_err(|source| Error::Decode { latent, source })?;
        if pictures.len() != values.len() {
            return Err(Error::Decoded {
                latent,
                expected: values.len(),
                found: pictures.len(),
            });
        }
        Ok(pictures)
    }
}

impl TraversalOptions {
    fn check(&self) -> Result<(), Error> {
        self.style.check()?;
        if self.max_latents == Some(0) {
            return senseless("max_latents", "0".into(), "at least 1");
        }
        if self.inactive_kl.is_nan() {
            return senseless("inactive_kl", "NaN".into(), "a number");
        }
        Ok(())
    }
}

fn senseless(name: &'static str, value: String, allowed: &'static str) -> Result<(), Error> {
    Err(Error::Option {
        name,
        value,
        allowed,
    })
}

fn finite(what: &'static str, values: &[f32]) -> Result<(), Error> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(latent) => Err(Error::NotFinite {
            what,
            latent,
            value: values[latent],
        }),
        None => Ok(()),
    }
}

fn longest(texts: &[String]) -> usize {
    texts.iter().map(String::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Traversal {
        Traversal {
            base: vec![0.5, 0.25, -0.5],
            kl: vec![0.001, 3.0, 0.2],
            inactive: vec![],
            range: Range::Fixed(-2.0, 2.0),
            steps: 3,
        }
    }

    fn texts(labels: &[Label]) -> Vec<&str> {
        labels.iter().map(|label| label.text.as_str()).collect()
    }

    fn blank(n: usize) -> Result<Vec<Picture>, DecodeError> {
        Ok(vec![Picture::filled(1, 1, [0; 3])?; n])
    }

    /// What the decoder is asked for, row by row.
    fn asked(options: &TraversalOptions) -> Vec<Vec<f32>> {
        let mut asked = Vec::new();
        let mut decode = |latents: &[f32], n: usize| {
            asked.push(latents.to_vec());
            blank(n)
        };
        traversal(&mut decode, &example(), options).unwrap();
        asked
    }

    #[test]
    fn one_latent_walks_while_the_others_stay() {
        let rows = asked(&TraversalOptions::default());
        let [z1, z2, z0] = rows.as_slice() else {
            panic!("three rows, not {}", rows.len());
        };
        assert_eq!(z1[..], [0.5, -2.0, -0.5, 0.5, 0.0, -0.5, 0.5, 2.0, -0.5]);
        assert_eq!(z2[..], [0.5, 0.25, -2.0, 0.5, 0.25, 0.0, 0.5, 0.25, 2.0]);
        assert_eq!(z0[..], [-2.0, 0.25, -0.5, 0.0, 0.25, -0.5, 2.0, 0.25, -0.5]);
    }

    #[test]
    fn rows_are_sorted_by_kl_and_ties_by_index() {
        let order = |kl: &[f32]| {
            let kl = kl.to_vec();
            Traversal { kl, ..example() }.order(&TraversalOptions::default())
        };
        assert_eq!(order(&[0.1, 2.0, 0.5]), [1, 2, 0]);
        assert_eq!(order(&[1.0, 2.0, 1.0, 2.0]), [1, 3, 0, 2]);
    }

    #[test]
    fn only_the_first_latents_are_decoded() {
        let rows = |max_latents| {
            let defaults = TraversalOptions::default();
            let rows = asked(&TraversalOptions {
                max_latents,
                ..defaults
            });
            rows.len()
        };
        assert_eq!([rows(Some(2)), rows(Some(9)), rows(None)], [2, 3, 3]);
    }

    #[test]
    fn inactive_latents_can_be_counted_instead_of_drawn() {
        let options = TraversalOptions {
            only_active: true,
            title: Some("walks".into()),
            ..TraversalOptions::default()
        };
        let walks = example().walks(&mut |_, n| blank(n), &options).unwrap();
        let drawn: Vec<_> = walks.iter().map(|walk| walk.latent).collect();
        assert_eq!(drawn, [1, 2]);
        let title = example().title(&options);
        assert_eq!(title.as_deref(), Some("walks; inactive: 1"));
        example().sheet(&walks, &options).unwrap();

        let mut told = example();
        told.inactive = vec![1];
        let walks = told.walks(&mut |_, n| blank(n), &options).unwrap();
        assert_eq!((walks.len(), walks[0].latent), (1, 2));
        assert_eq!(told.order(&options), [2, 1, 0]);
    }

    #[test]
    fn labels_are_aligned_and_the_inactive_dimmed() {
        let walk = |latent, kl, active| Walk {
            latent,
            kl,
            measure: "KL".into(),
            active,
            values: vec![],
            pictures: vec![],
        };
        let walks = [
            walk(1, 3.0, true),
            walk(2, 0.2, true),
            walk(0, 0.001, false),
        ];
        let labels = example().row_labels(&walks);
        let expected = ["z1  KL 3.00", "z2  KL 0.20", "z0  KL 0.00"];
        assert_eq!(texts(&labels), expected);
        let dimmed: Vec<_> = labels.iter().map(|label| label.dimmed).collect();
        assert_eq!(dimmed, [false, false, true]);

        let mut spec = example();
        let walks = [walk(3, 12.5, true), walk(10, -0.001, false)];
        let labels = spec.row_labels(&walks);
        assert_eq!(texts(&labels), ["z3   KL 12.50", "z10  KL  0.00"]);
        spec.range = Range::Own((0..11).map(|i| (-1.0, i as f32)).collect());
        let labels = spec.row_labels(&walks);
        let expected = ["z3   KL 12.50   -1.0..3.0", "z10  KL  0.00  -1.0..10.0"];
        assert_eq!(texts(&labels), expected);
    }

    #[test]
    fn an_animation_goes_there_and_back() {
        let (spec, options) = (example(), TraversalOptions::default());
        let mut decode = |z: &[f32], n: usize| {
            let values = z.chunks(z.len() / n).map(|z| (z[1] + 2.0) / 4.0);
            let pictures = values.map(|value| Picture::from_floats(&[value], 1, (1, 1)));
            Ok(pictures.collect::<Result<_, _>>()?)
        };
        let walks = spec.walks(&mut decode, &options).unwrap();
        let animation = spec.animation(&walks, &options).unwrap();
        assert_eq!(animation.frames.len(), 4);
        // z1 is the first picture: below title and labels, 96 pixels wide.
        let shown = |frame: &Picture| frame.pixel(12 + 28 + 23 + 48, 12 + 48).unwrap()[0];
        let shown: Vec<_> = animation.frames.iter().map(shown).collect();
        assert_eq!(shown, [0, 128, 255, 128]);
        assert!(spec.animation(&[], &options).is_err());
    }

    #[test]
    fn inactive_latents_are_set_apart() {
        let height = |inactive_kl| {
            let options = TraversalOptions {
                inactive_kl,
                ..TraversalOptions::default()
            };
            let sheet = traversal(&mut |_, n| blank(n), &example(), &options);
            sheet.unwrap().height()
        };
        let ungrouped = height(0.0);
        assert_eq!([height(0.01), height(9.0)], [ungrouped + 10, ungrouped]);
    }

    /// The message of the error, before which nothing may be decoded.
    fn refused(change: impl FnOnce(&mut Traversal, &mut TraversalOptions)) -> String {
        let (mut spec, mut options) = (example(), TraversalOptions::default());
        change(&mut spec, &mut options);
        let mut calls = 0;
        let mut decode = |_: &[f32], n: usize| {
            calls += 1;
            blank(n)
        };
        let error = traversal(&mut decode, &spec, &options).unwrap_err();
        assert_eq!(calls, 0, "{error}");
        error.to_string()
    }

    #[test]
    fn senseless_traversals_are_refused_before_decoding() {
        assert!(refused(|t, _| t.base.clear()).contains("no latents"));
        let expected = "2 values of `kl` do not fit 3 latents of `base`";
        assert_eq!(refused(|t, _| t.kl.truncate(2)), expected);
        let expected = "the KL of latent z1 is NaN, it must be finite";
        assert_eq!(refused(|t, _| t.kl[1] = f32::NAN), expected);
        assert!(refused(|t, _| t.base[2] = f32::INFINITY).contains("z2 is inf"));
        assert!(refused(|t, _| t.range = (2.0, -2.0).into()).contains("`range` is (2, -2)"));
        assert!(refused(|t, _| t.range = (0.0, f32::NAN).into()).contains("`range`"));
        assert!(refused(|t, _| t.steps = 1).contains("`steps` is 1"));
    }

    #[test]
    fn senseless_options_are_refused_before_decoding() {
        assert!(refused(|_, o| o.max_latents = Some(0)).contains("`max_latents`"));
        assert!(refused(|_, o| o.inactive_kl = f32::NAN).contains("`inactive_kl`"));
        assert!(refused(|_, o| o.style.scale = Some(0)).contains("`scale`"));
    }

    #[test]
    fn what_the_decoder_says_is_kept() {
        let error = example().draw(&mut |_, _| Err("no memory".into()));
        assert!(matches!(
            error.unwrap_err(),
            Error::Decode { latent: 1, source } if source.to_string() == "no memory"
        ));
    }

    #[test]
    fn missing_pictures_are_an_error() {
        let error = example().draw(&mut |_, n| blank(n - 1)).unwrap_err();
        let expected = "the decoder made 2 pictures of 3 latent vectors, traversing z1";
        assert_eq!(error.to_string(), expected);
    }
}
