//! Encodes a data set once: the codes and factors that everything else looks up.

use std::path::Path;

use candle_core::Tensor;
use disentangle_arrays::ArrayView;
use disentangle_data::Dataset;
use disentangle_metrics::Table;
use ndarray::Array2;

use crate::config::Representation;
use crate::{ArchitectureError, Error, Event, Experiment, Observer};

/// The codes of a data set's images and their factors, row by row.
#[derive(Debug, Clone)]
pub struct Encoding {
    /// Codes `[N, D]`, with the label encoder's probabilities `[N, D + K]` if these are asked for.
    pub codes: Array2<f32>,
    /// Factors `[N, K]` as class indices, if the data set has any.
    pub factors: Option<Array2<u32>>,
    names: Vec<String>,
    sizes: Vec<usize>,
    grid: bool,
}

impl Encoding {
    /// Encodes the images of the experiment's data set in its order: all, or as many random ones as
    /// `eval.images` says.
    ///
    /// # Errors
    /// If an image cannot be read or has another size than the model's; [`Error::Stopped`] if the observer
    /// asks for it.
    pub fn of(experiment: &Experiment, observer: &mut dyn Observer) -> Result<Self, Error> {
        let dataset = experiment.dataset.as_ref();
        let images = chosen(experiment);
        let total = images.len();
        let (mut codes, mut width) = (Vec::new(), 0);
        let chunks = images.chunks(experiment.config.eval.batch_size);
        for (chunk, indices) in chunks.enumerate() {
            let chosen = represent(experiment, indices, chunk as u64)?; // [B, width]
            width = chosen.dim(1)?;
            codes.reserve(total * width - codes.len());
            codes.extend(chosen.flatten_all()?.to_vec1::<f32>()?);
            let done = codes.len() / width;
            observer.on(&Event::Encoding { done, total })?;
            if observer.stop_requested() {
                return Err(Error::Stopped);
            }
        }
        let codes =
            Array2::from_shape_vec((total, width), codes).expect("every image gives as many codes");
        Self::with_factors(codes, dataset, &images)
    }

    fn with_factors(
        codes: Array2<f32>,
        dataset: &dyn Dataset,
        images: &[usize],
    ) -> Result<Self, Error> {
        let Some(space) = dataset.factor_space() else {
            return Ok(Self {
                codes,
                factors: None,
                names: Vec::new(),
                sizes: Vec::new(),
                grid: false,
            });
        };
        let mut factors = Array2::zeros((images.len(), space.n_factors()));
        let mut row = vec![0; space.n_factors()];
        for (image, mut target) in images.iter().zip(factors.rows_mut()) {
            dataset.factors(*image, &mut row)?;
            target
                .iter_mut()
                .zip(&row)
                .for_each(|(to, from)| *to = *from);
        }
        Ok(Self {
            codes,
            factors: Some(factors),
            names: space.names().to_vec(),
            sizes: space.sizes().to_vec(),
            grid: space.is_grid() && images.len() == dataset.len(),
        })
    }

    /// Makes the table that metrics read.
    ///
    /// # Errors
    /// If there are no factors, or a code is not finite.
    pub fn table(&self) -> Result<Table, Error> {
        let factors = self.factors.as_ref().ok_or(Error::NoFactors)?;
        let table = if self.grid {
            Table::grid(self.codes.clone(), &self.sizes)?
        } else {
            Table::new(self.codes.clone(), factors.clone())?
        };
        Ok(table.with_factor_names(self.names.iter().cloned())?)
    }

    /// Writes `codes` and `factors` into one file, or the codes alone into an npy.
    ///
    /// In a table of text the codes are the columns `z_0`, `z_1`, … and the factors stand under their names; beside
    /// other files these are in `NAME.names.json`.
    ///
    /// # Errors
    /// If the extension is unknown or a file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let is = |extension: &str| {
            path.extension()
                .is_some_and(|e| e.eq_ignore_ascii_case(extension))
        };
        let codes = ArrayView::F32(self.codes.view().into_dyn());
        let Some(factors) = self.factors.as_ref().filter(|_| !is("npy")) else {
            return Ok(disentangle_arrays::write(path, &[("codes", codes)])?);
        };
        if (is("csv") || is("tsv")) && self.names.iter().all(|name| is_title(name)) {
            let mut columns = vec![("z", codes)];
            let titled = self.names.iter().zip(factors.columns());
            columns.extend(
                titled.map(|(name, column)| (name.as_str(), ArrayView::U32(column.into_dyn()))),
            );
            return Ok(disentangle_arrays::write(path, &columns)?);
        }
        let factors = ArrayView::U32(factors.view().into_dyn());
        disentangle_arrays::write(path, &[("codes", codes), ("factors", factors)])?;
        self.write_names(path)
    }

    fn write_names(&self, path: &Path) -> Result<(), Error> {
        let names = [("factors", self.names.as_slice())];
        Ok(disentangle_arrays::write_names(path, &names)?)
    }

    /// Writes `codes.npy` and `factors.npy` into a folder.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn write_folder(&self, folder: &Path) -> Result<(), Error> {
        self.write(&folder.join("codes.npy"))?;
        if let Some(factors) = &self.factors {
            let (path, view) = (
                folder.join("factors.npy"),
                ArrayView::U32(factors.view().into_dyn()),
            );
            disentangle_arrays::write(&path, &[("factors", view)])?;
            self.write_names(&path)?;
        }
        Ok(())
    }
}

/// Tells whether a name can stand above a column of text and be picked by itself: no number, no list, no code.
fn is_title(name: &str) -> bool {
    let code = name
        .strip_prefix("z_")
        .is_some_and(|rest| rest.parse::<usize>().is_ok());
    !name.is_empty() && name != "z" && !name.contains(',') && name.parse::<f64>().is_err() && !code
}

/// Returns the images that are encoded, in their order.
fn chosen(experiment: &Experiment) -> Vec<usize> {
    let mut images: Vec<usize> = (0..experiment.dataset.len()).collect();
    if let Some(most) = experiment.config.eval.images
        && most < images.len()
    {
        experiment
            .seeds
            .stream("eval/images", 0)
            .shuffle(&mut images);
        images.truncate(most);
        images.sort_unstable();
    }
    images
}

/// Encodes images to the codes that represent them, `[B, width]`.
fn represent(experiment: &Experiment, indices: &[usize], chunk: u64) -> Result<Tensor, Error> {
    let (model, seeds) = (&experiment.detached, &experiment.seeds);
    let encoded = model.encode(&experiment.batch(indices)?)?;
    let posterior = encoded.posterior.as_ref();
    Ok(match experiment.config.eval.representation {
        Representation::Mean => posterior.mean().clone(),
        Representation::Sampled => {
            let sample = model.sample(posterior, seeds, "noise/encode", chunk)?;
            sample.tensor().clone()
        }
        Representation::MeanAndLabels => {
            let labels = encoded.condition().ok_or(ArchitectureError::NoLabels)?;
            Tensor::cat(&[posterior.mean(), labels], 1)?
        }
    })
}
