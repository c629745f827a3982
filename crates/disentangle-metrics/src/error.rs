//! Why a table was refused or a score could not be computed.

/// Why a table was refused or a score could not be computed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An array has no rows or no columns.
    #[error("the {what} are empty, shape {rows} x {columns}")]
    Empty {
        /// Codes or factors.
        what: &'static str,
        /// Rows of the array.
        rows: usize,
        /// Columns of the array.
        columns: usize,
    },
    /// An array has not two axes.
    #[error("the {what} have shape {shape:?}, expected rows x columns")]
    NotTable {
        /// Codes or factors.
        what: &'static str,
        /// The shape that was found.
        shape: Vec<usize>,
    },
    /// Codes and factors differ in their number of rows.
    #[error(
        "{codes} rows of codes but {factors} rows of factors: both need one row for each sample"
    )]
    Rows {
        /// Rows of the codes.
        codes: usize,
        /// Rows of the factors.
        factors: usize,
    },
    /// There are more rows than a 32-bit index can tell apart.
    #[error("{rows} rows are too many, at most 4294967295 are handled")]
    TooManyRows {
        /// Rows of the codes.
        rows: usize,
    },
    /// A code is not a finite number.
    #[error("code {code} of row {row} is {value}: codes must be finite, remove or repair the row")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        code: usize,
        /// What stands there.
        value: f64,
    },
    /// There is not one name for each factor.
    #[error("{names} factor names for {factors} factors")]
    Names {
        /// Names given.
        names: usize,
        /// Columns of the factors.
        factors: usize,
    },
    /// The rows are not those of the factor grid.
    #[error("a grid of factor sizes {sizes:?} does not have {rows} rows")]
    Grid {
        /// The factors' sizes.
        sizes: Vec<usize>,
        /// Rows of the codes.
        rows: usize,
    },
    /// The test table is not of the same codes and factors.
    #[error(
        "test rows have {codes} codes and {factors} factors, training rows {expected_codes} and {expected_factors}"
    )]
    TestShape {
        /// Codes of the test table.
        codes: usize,
        /// Factors of the test table.
        factors: usize,
        /// Codes of the table.
        expected_codes: usize,
        /// Factors of the table.
        expected_factors: usize,
    },
    /// The metric needs classes.
    #[error(
        "needs classes, and factor `{factor}` is continuous: leave it out, or cut it into classes (`--discretize-factors`)"
    )]
    Continuous {
        /// The factor's name.
        factor: String,
    },
    /// The metric needs factors.
    #[error("needs factors, and the table has none")]
    Unlabeled,
    /// The metric compares models.
    #[error("needs codes of other models for the same samples (`--encodings`)")]
    NoEncodings,
    /// Codes of another model are not of the same samples.
    #[error(
        "an encoding of another model has {rows} rows, not {expected}: all need the same samples"
    )]
    Encodings {
        /// Its rows.
        rows: usize,
        /// The table's rows.
        expected: usize,
    },
    /// Values of factors are not of the table's shape.
    #[error("values of shape {values:?} and {kinds} kinds for factors of shape {factors:?}")]
    Values {
        /// Shape of the values.
        values: (usize, usize),
        /// Kinds given.
        kinds: usize,
        /// Shape of the factors.
        factors: (usize, usize),
    },
    /// A factor is continuous in one part of the data only.
    #[error("factor {factor} is continuous in the training rows or the test rows only")]
    TestKind {
        /// The column, from 0.
        factor: usize,
    },
    /// There are too few rows for what is computed.
    #[error("needs at least {needed} {what}, found {found}")]
    TooFew {
        /// What there is too little of.
        what: &'static str,
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// No factor has what the metric looks at.
    #[error("{0}")]
    Unsuited(&'static str),
    /// A factor's value is not a number.
    #[error("factor {factor} of row {row} is {value}: remove or repair the row")]
    FactorNotFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        factor: usize,
        /// What stands there.
        value: f64,
    },
    /// The metric compares two codes.
    #[error("needs at least 2 codes, found {found}")]
    TooFewCodes {
        /// The codes that are there.
        found: usize,
    },
    /// The metric compares two factors.
    #[error("needs at least 2 factors that vary, found {found}")]
    TooFewFactors {
        /// The factors that are there.
        found: usize,
    },
    /// There are too few rows to measure anything.
    #[error("{found} rows are too few")]
    TooFewRows {
        /// The rows that are there.
        found: usize,
    },
    /// The metric tests what it learned.
    #[error(
        "there are no rows to test on: give test arrays, or at least 10 rows, of which the last tenth tests"
    )]
    NoTestRows,
    /// A code has a single value where its spread is divided by.
    #[error("code {code} is constant: it cannot be standardized")]
    ConstantCode {
        /// The column, from 0.
        code: usize,
    },
    /// A factor varies, but not in the rows to learn from.
    #[error(
        "factor {factor} has a single class among the training rows: there is nothing to learn"
    )]
    OneClassInTrain {
        /// The column, from 0.
        factor: usize,
    },
    /// The test rows lack classes of a factor.
    #[error(
        "the test rows lack classes of factor {factor}, so their areas under the curve are undefined"
    )]
    ClassesInTest {
        /// The column, from 0.
        factor: usize,
    },
    /// A factor has a single value where its entropy is divided by.
    #[error("factor {factor} is constant: its entropy is zero and the score undefined")]
    ConstantFactor {
        /// The column, from 0.
        factor: usize,
    },
    /// A predictor needs two classes to tell apart.
    #[error("needs rows of at least 2 classes to learn from")]
    OneClass,
    /// No factor takes two values.
    #[error("all factors are constant: there is nothing to disentangle")]
    NothingVaries,
    /// The range of a code exceeds the range of its type.
    #[error("code {code} spans from {low} to {high}, too far to cut into bins")]
    Unbinnable {
        /// The column, from 0.
        code: usize,
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// No value of a factor has two rows, so fixing it leaves nothing that varies.
    #[error("factor {factor} has no value with two rows: fixing it leaves nothing to compare")]
    NoCompany {
        /// The column, from 0.
        factor: usize,
    },
    /// The metric is not in the registry.
    #[error("unknown metric `{found}`, expected one of {known}{hint}")]
    UnknownMetric {
        /// The name asked for.
        found: String,
        /// The registry's names.
        known: String,
        /// The nearest of them as a question, if one is near.
        hint: String,
    },
    /// A metric was listed twice.
    #[error("the metric `{metric}` is listed twice")]
    RepeatedMetric {
        /// Its name.
        metric: String,
    },
    /// No preset has this name.
    #[error("unknown preset `{found}`, expected dlib or fast")]
    UnknownPreset {
        /// The name asked for.
        found: String,
    },
    /// The protocol or a metric's configuration has values that make no sense.
    #[error("invalid configuration: {problems}")]
    Invalid {
        /// Every problem with its path.
        problems: String,
    },
    /// A text is not what `Scores::to_json` writes.
    #[error("no scores of this version: {0}")]
    Unreadable(String),
    /// Two results are not of the same codes by the same protocol.
    #[error("the older scores are {0}")]
    Apart(String),
    /// A metric arrived at no number.
    #[error("the result is not a finite number")]
    Undefined,
}

impl Error {
    /// Returns the message with the name of the factor instead of its column.
    pub(crate) fn with_names(&self, names: &[String]) -> String {
        let message = self.to_string();
        let factor = match self {
            Self::OneClassInTrain { factor }
            | Self::ClassesInTest { factor }
            | Self::ConstantFactor { factor }
            | Self::NoCompany { factor } => *factor,
            _ => return message,
        };
        match names.get(factor) {
            Some(name) => {
                message.replacen(&format!("factor {factor}"), &format!("factor `{name}`"), 1)
            }
            None => message,
        }
    }
}
