//! The device that a command names.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;

use crate::Error;

/// `cpu`, `cuda` or `cuda:N`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The host.
    #[default]
    Cpu,
    /// A GPU by number.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no device; expected cpu, cuda or cuda:N");
        match text.split_once(':') {
            None if text == "cpu" => Ok(Self::Cpu),
            None if text == "cuda" => Ok(Self::Cuda(0)),
            Some(("cuda", number)) => number.parse().map(Self::Cuda).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// If this build has no CUDA, or there is no such GPU.
    pub fn open(self) -> Result<Device, Error> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(number) => Device::new_cuda(number).map_err(|e| Error::Device {
                device: format!("cuda:{number}"),
                problem: problem(&e.to_string()),
            }),
        }
    }
}

/// Says what is missing, from candle's or CUDA's message for it.
fn problem(message: &str) -> String {
    const CAUSES: [(&str, &str); 7] = [
        (
            "not been built with cuda",
            "this program was built without CUDA; docs/gpu.md says how to build it with CUDA",
        ),
        (
            "CUDA_ERROR_STUB_LIBRARY",
            "there is no NVIDIA driver: libcuda.so.1 cannot be loaded",
        ),
        ("CUDA_ERROR_NO_DEVICE", "the driver finds no GPU"),
        (
            "CUDA_ERROR_INVALID_DEVICE",
            "there is no GPU of this number",
        ),
        (
            "CUBLAS_STATUS_NOT_INITIALIZED",
            "cuBLAS does not start: its library is not in the folder `cuda` beside the program or where the system \
             looks, or the GPU has no memory left",
        ),
        (
            "CURAND_STATUS_INITIALIZATION_FAILED",
            "cuRAND does not start: its library is not in the folder `cuda` beside the program or where the system \
             looks",
        ),
        ("CUDA_ERROR_OUT_OF_MEMORY", "the GPU has no memory left"),
    ];
    // What follows the first line is where it happened.
    let first = message.lines().next().unwrap_or_default();
    let known = CAUSES.iter().find(|(mark, _)| first.contains(mark));
    known.map_or(first, |(_, problem)| problem).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_parse_and_others_are_refused_with_what_is_allowed() {
        assert_eq!("cpu".parse(), Ok(DeviceChoice::Cpu));
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
        assert_eq!("cuda:3".parse(), Ok(DeviceChoice::Cuda(3)));
        for text in ["gpu", "cuda:", "cpu:1", ""] {
            let error = text.parse::<DeviceChoice>().unwrap_err();
            assert!(error.contains("expected cpu, cuda or cuda:N"), "{error}");
        }
    }

    #[test]
    fn a_device_that_cannot_be_opened_is_one_line_that_says_what_is_missing() {
        let stub = "DriverError(CUDA_ERROR_STUB_LIBRARY, \"<Failure>\")\n   0: main";
        assert_eq!(
            problem(stub),
            "there is no NVIDIA driver: libcuda.so.1 cannot be loaded"
        );
        assert_eq!(problem("something else\n   0: main"), "something else");
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn without_cuda_the_error_says_so() {
        let error = DeviceChoice::Cuda(0).open().unwrap_err().to_string();
        assert!(
            error.contains("`cuda:0` cannot be used: this program was built without CUDA"),
            "{error}"
        );
    }
}
