//! Type descriptions such as `<f4`: byte order, kind, bytes.

use crate::dtype::DType;
use crate::error::Error;

/// Reads a type description into the type and whether its bytes are big-endian.
pub(super) fn parse(descr: &str) -> Result<(DType, bool), Error> {
    let unsupported = |advice| Error::UnsupportedType {
        descr: descr.to_owned(),
        advice,
    };
    let (order, code) = match descr.as_bytes() {
        [order @ (b'<' | b'>' | b'|' | b'='), ..] => (*order, &descr[1..]),
        _ => (b'=', descr),
    };
    let dtype = match code {
        "b1" | "?" => DType::Bool,
        "u1" => DType::U8,
        "i1" => DType::I8,
        "u2" => DType::U16,
        "i2" => DType::I16,
        "u4" => DType::U32,
        "i4" => DType::I32,
        "u8" => DType::U64,
        "i8" => DType::I64,
        "f2" => DType::F16,
        "f4" => DType::F32,
        "f8" => DType::F64,
        _ => return Err(unsupported(advice(code))),
    };
    match order {
        b'<' => Ok((dtype, false)),
        b'>' => Ok((dtype, true)),
        // Without an order a type has to be one byte wide, or the file depends on its machine.
        _ if dtype.size() == 1 => Ok((dtype, false)),
        _ => Err(unsupported("save it with an explicit byte order")),
    }
}

/// Spells a type as NumPy does on a little-endian machine.
pub(super) fn spell(dtype: DType, big_endian: bool) -> String {
    let order = match (dtype.size(), big_endian) {
        (1, _) => '|',
        (_, false) => '<',
        (_, true) => '>',
    };
    let kind = match dtype {
        DType::Bool => 'b',
        DType::U8 | DType::U16 | DType::U32 | DType::U64 => 'u',
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => 'i',
        DType::F16 | DType::F32 | DType::F64 => 'f',
    };
    format!("{order}{kind}{}", dtype.size())
}

fn advice(code: &str) -> &'static str {
    match code.as_bytes().first() {
        Some(b'O') => {
            "Python objects are pickled, and unpickling runs code; save it as a numeric array"
        }
        Some(b'U' | b'S' | b'a') => "save text as class numbers",
        Some(b'c') => "save the real and imaginary parts as two arrays",
        Some(b'M' | b'm') => "save times as numbers",
        _ => "convert it with `astype` and save it again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_and_parsing_are_inverse() {
        for descr in [
            "|b1", "|u1", "|i1", "<u2", ">u2", "<i2", "<u4", "<i4", ">i4", "<u8", "<i8", "<f2",
            "<f4", ">f4", "<f8", ">f8",
        ] {
            let (dtype, big_endian) = parse(descr).unwrap();
            assert_eq!(spell(dtype, big_endian), descr);
        }
    }

    #[test]
    fn objects_are_refused_by_name() {
        let message = parse("|O").unwrap_err().to_string();
        assert!(
            message.contains("`|O`") && message.contains("unpickling"),
            "{message}"
        );
    }

    #[test]
    fn text_complex_and_orderless_types_are_refused() {
        for descr in ["<U8", "|S3", "<c8", "<f16", "f4", "=i8", "", "<", "é"] {
            assert!(parse(descr).is_err(), "{descr}");
        }
    }
}
