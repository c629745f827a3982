//! The elements of an npy array, as a stream of bytes or as an array.

use std::io::{self, Read};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};

use crate::array::Array;
use crate::dtype::{DType, Element, Half};
use crate::error::Error;
use crate::npy::NpyHeader;

/// Bytes that are decoded at once; a multiple of every element size.
const CHUNK: usize = 1 << 16;

/// An npy array that is being read.
///
/// As a [`Read`] it yields exactly the bytes that the header promises, in the file's byte order and axis
/// order: an early end and bytes behind the end are errors, and no more is taken from the input (or
/// inflated) than the header says, plus one byte.
#[derive(Debug)]
pub struct NpyReader<R> {
    header: NpyHeader,
    input: R,
    left: u64,
    ended: bool,
    /// Elements that are known to be there, so that memory for them may be taken at once.
    certain: usize,
}

impl NpyHeader {
    /// Decodes elements from a part of the array, rounded to the nearest `f32`; booleans become 0 and 1.
    ///
    /// What does not fill an element at the end of `bytes` is left out.
    pub fn decode_f32(&self, bytes: &[u8]) -> Vec<f32> {
        match self.dtype {
            DType::Bool => self.decode_as::<bool>(bytes),
            DType::U8 => self.decode_as::<u8>(bytes),
            DType::I8 => self.decode_as::<i8>(bytes),
            DType::U16 => self.decode_as::<u16>(bytes),
            DType::I16 => self.decode_as::<i16>(bytes),
            DType::U32 => self.decode_as::<u32>(bytes),
            DType::I32 => self.decode_as::<i32>(bytes),
            DType::U64 => self.decode_as::<u64>(bytes),
            DType::I64 => self.decode_as::<i64>(bytes),
            DType::F16 => self.decode_as::<Half>(bytes),
            DType::F32 => self.decode_as::<f32>(bytes),
            DType::F64 => self.decode_as::<f64>(bytes),
        }
    }

    fn decode_as<T: Element>(&self, bytes: &[u8]) -> Vec<f32> {
        let mut elements = Vec::with_capacity(bytes.len() / T::DTYPE.size());
        T::decode(bytes, self.big_endian, &mut elements);
        elements.into_iter().map(T::to_f32).collect()
    }
}

impl<R: Read> NpyReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// Those of [`NpyHeader::parse`].
    pub fn new(mut input: R) -> Result<Self, Error> {
        let header = NpyHeader::parse(&mut input)?;
        Ok(Self::with_header(header, input))
    }

    /// Takes elements of another format for those of an npy file with this header.
    pub(crate) fn with_header(header: NpyHeader, input: R) -> Self {
        Self {
            left: header.data_bytes(),
            ended: false,
            certain: CHUNK / header.dtype.size(),
            header,
            input,
        }
    }

    /// Reads the header from an input whose length is known to be `length` bytes.
    pub(crate) fn with_length(input: R, length: u64) -> Result<Self, Error> {
        let mut counted = Counted { input, bytes: 0 };
        let header = NpyHeader::parse(&mut counted)?;
        let (expected, found) = (header.data_bytes(), length.saturating_sub(counted.bytes));
        if found < expected {
            return Err(Error::Truncated {
                what: "elements",
                expected,
                found,
            });
        }
        if found > expected {
            return Err(Error::TrailingBytes { expected });
        }
        Ok(Self {
            left: expected,
            ended: false,
            certain: header.elements(),
            header,
            input: counted.input,
        })
    }

    /// Returns what the header says.
    pub fn header(&self) -> &NpyHeader {
        &self.header
    }

    /// Reads all elements into an array; its memory is in Fortran order where the file's is.
    ///
    /// # Errors
    /// If the elements end early or late, or memory runs out.
    pub fn into_array(mut self) -> Result<Array, Error> {
        match self.header.dtype {
            DType::Bool => self.collect::<bool>(),
            DType::U8 => self.collect::<u8>(),
            DType::I8 => self.collect::<i8>(),
            DType::U16 => self.collect::<u16>(),
            DType::I16 => self.collect::<i16>(),
            DType::U32 => self.collect::<u32>(),
            DType::I32 => self.collect::<i32>(),
            DType::U64 => self.collect::<u64>(),
            DType::I64 => self.collect::<i64>(),
            DType::F16 => self.collect::<Half>(),
            DType::F32 => self.collect::<f32>(),
            DType::F64 => self.collect::<f64>(),
        }
    }

    fn collect<T: Element>(&mut self) -> Result<Array, Error> {
        let size = T::DTYPE.size();
        let (count, big_endian) = (self.header.elements(), self.header.big_endian);
        let mut elements = Vec::<T>::new();
        reserve(&mut elements, count.min(self.certain), true)?;
        let mut chunk = vec![0; CHUNK.min(count * size)];
        while elements.len() < count {
            let wanted = (count - elements.len()).min(CHUNK / size);
            let bytes = &mut chunk[..wanted * size];
            self.read_exact(bytes)?;
            reserve(&mut elements, wanted, false)?;
            T::decode(bytes, big_endian, &mut elements);
        }
        self.check_end()?;
        let shape = IxDyn(&self.header.shape).set_f(self.header.fortran_order);
        ArrayD::from_shape_vec(shape, elements)
            .map(T::wrap)
            .map_err(|_| Error::TooLarge {
                shape: self.header.shape.clone(),
            })
    }

    /// Looks one byte behind the elements; this also makes a zip member compare its checksum.
    fn check_end(&mut self) -> io::Result<()> {
        if self.ended {
            return Ok(());
        }
        let expected = self.header.data_bytes();
        match self.input.read(&mut [0])? {
            0 => {
                self.ended = true;
                Ok(())
            }
            _ => Err(io::Error::other(Error::TrailingBytes { expected })),
        }
    }
}

impl<R: Read> Read for NpyReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if wanted > 0 {
            let read = self.input.read(&mut buffer[..wanted])?;
            if read == 0 {
                let expected = self.header.data_bytes();
                return Err(io::Error::other(Error::Truncated {
                    what: "elements",
                    expected,
                    found: expected - self.left,
                }));
            }
            self.left -= read as u64;
            if self.left == 0 {
                self.check_end()?;
            }
            return Ok(read);
        }
        if self.left == 0 {
            self.check_end()?;
        }
        Ok(0)
    }
}

/// Makes room for `more` elements, or says that memory ran out.
fn reserve<T>(elements: &mut Vec<T>, more: usize, exact: bool) -> Result<(), Error> {
    let reserved = if exact {
        elements.try_reserve_exact(more)
    } else {
        elements.try_reserve(more)
    };
    reserved.map_err(|_| Error::OutOfMemory {
        bytes: more.saturating_mul(size_of::<T>()),
    })
}

struct Counted<R> {
    input: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn file(header: &NpyHeader, data: &[u8]) -> Vec<u8> {
        [header.to_bytes().unwrap(), data.to_vec()].concat()
    }

    fn header(dtype: DType, big_endian: bool, fortran_order: bool, shape: &[usize]) -> NpyHeader {
        NpyHeader {
            dtype,
            big_endian,
            fortran_order,
            shape: shape.to_vec(),
        }
    }

    fn read(bytes: &[u8]) -> Result<Array, Error> {
        NpyReader::new(bytes)?.into_array()
    }

    #[test]
    fn fortran_order_gives_the_same_array() {
        let header = header(DType::U8, false, true, &[2, 3]);
        let read = read(&file(&header, &[0, 3, 1, 4, 2, 5])).unwrap();
        assert_eq!(read, Array::from(array![[0u8, 1, 2], [3, 4, 5]]));
    }

    #[test]
    fn big_endian_gives_the_same_array() {
        let bytes: Vec<u8> = [1.5f64, -2.0]
            .iter()
            .flat_map(|x| x.to_be_bytes())
            .collect();
        let read = read(&file(&header(DType::F64, true, false, &[2]), &bytes)).unwrap();
        assert_eq!(read, Array::from(array![1.5, -2.0]));
    }

    #[test]
    fn halves_and_booleans_are_read() {
        let halves = file(
            &header(DType::F16, false, false, &[2]),
            &[0x00, 0x3c, 0x00, 0xc0],
        );
        assert_eq!(read(&halves).unwrap(), Array::from(array![1.0f32, -2.0]));
        let booleans = file(&header(DType::Bool, false, false, &[3]), &[0, 1, 2]);
        assert_eq!(
            read(&booleans).unwrap(),
            Array::from(array![false, true, true])
        );
    }

    #[test]
    fn an_empty_axis_and_no_axis_are_arrays() {
        let empty = file(&header(DType::F32, false, false, &[0, 3]), &[]);
        assert_eq!(
            read(&empty).unwrap(),
            Array::from(Array2::<f32>::zeros((0, 3)))
        );
        let scalar = file(&header(DType::U8, false, false, &[]), &[7]);
        assert_eq!(read(&scalar).unwrap().shape(), [0usize; 0]);
    }

    #[test]
    fn a_length_other_than_promised_is_an_error() {
        let header = header(DType::I16, false, false, &[2]);
        let short = read(&file(&header, &[1, 2, 3])).unwrap_err();
        assert!(
            matches!(
                short,
                Error::Truncated {
                    expected: 4,
                    found: 3,
                    ..
                }
            ),
            "{short}"
        );
        let long = read(&file(&header, &[1, 2, 3, 4, 5])).unwrap_err();
        assert!(
            matches!(long, Error::TrailingBytes { expected: 4 }),
            "{long}"
        );
    }

    #[test]
    fn a_petabyte_claim_without_bytes_allocates_little() {
        let header = header(DType::U8, false, false, &[1 << 50]);
        let error = read(&file(&header, &[0; 100])).unwrap_err();
        assert!(
            matches!(error, Error::Truncated { found: 100, .. }),
            "{error}"
        );
    }

    #[test]
    fn the_stream_yields_the_promised_bytes_and_then_ends() {
        let bytes = file(&header(DType::U8, false, false, &[5]), &[1, 2, 3, 4, 5]);
        let mut stream = NpyReader::new(bytes.as_slice()).unwrap();
        let mut two = [0; 2];
        stream.read_exact(&mut two).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!((two, rest), ([1, 2], vec![3, 4, 5]));
    }
}
