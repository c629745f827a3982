//! The messages of an event file, in protocol buffers' wire format.
//!
//! The few fields that are needed of TensorFlow's `event.proto`, `summary.proto` and `tensor.proto`; the
//! number before each field below is its number there.

/// One named value of an event, encoded.
pub(super) struct Summary(Vec<u8>);

impl Summary {
    /// A number; TensorBoard keeps 32 bits of it.
    pub(super) fn scalar(tag: &str, value: f64) -> Self {
        let mut bytes = text(1, tag);
        bytes.push(key(2, FIXED_32));
        bytes.extend((value as f32).to_le_bytes());
        Self(bytes)
    }

    /// An RGB picture of a height and width, as the bytes of a PNG file.
    pub(super) fn png(tag: &str, (height, width): (u32, u32), png: &[u8]) -> Self {
        const RGB: u64 = 3;
        let image = [
            number(1, height.into()),
            number(2, width.into()),
            number(3, RGB),
            nested(4, png),
        ];
        Self([text(1, tag), nested(4, &image.concat())].concat())
    }

    /// Markdown.
    pub(super) fn text(tag: &str, markdown: &str) -> Self {
        const STRING: u64 = 7;
        let plugin = nested(1, &text(1, "text"));
        // A tensor of one string: its type, its shape [1], its value.
        let shape = nested(2, &nested(2, &number(1, 1)));
        let tensor = [number(1, STRING), shape, text(8, markdown)].concat();
        Self([text(1, tag), nested(9, &plugin), nested(8, &tensor)].concat())
    }
}

/// The first event of every file.
pub(super) fn version(time: f64) -> Vec<u8> {
    [double(1, time), text(3, "brain.Event:2")].concat()
}

/// Says that what earlier files hold of this step and later ones is void.
pub(super) fn restart(time: f64, step: u64) -> Vec<u8> {
    const START: u64 = 1;
    // Events of the step itself stand: the run goes on after it.
    let first = step + 1;
    [
        double(1, time),
        number(2, first),
        nested(7, &number(1, START)),
    ]
    .concat()
}

/// Values of one step.
pub(super) fn event(time: f64, step: u64, values: &[Summary]) -> Vec<u8> {
    let values: Vec<u8> = values
        .iter()
        .flat_map(|value| nested(1, &value.0))
        .collect();
    [double(1, time), number(2, step), nested(5, &values)].concat()
}

const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const BYTES: u8 = 2;
const FIXED_32: u8 = 5;

/// Fields up to 15 have a key of one byte.
fn key(field: u8, wire: u8) -> u8 {
    field << 3 | wire
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn number(field: u8, value: u64) -> Vec<u8> {
    [vec![key(field, VARINT)], varint(value)].concat()
}

fn double(field: u8, value: f64) -> Vec<u8> {
    [&[key(field, FIXED_64)], &value.to_le_bytes()[..]].concat()
}

fn nested(field: u8, bytes: &[u8]) -> Vec<u8> {
    let mut all = vec![key(field, BYTES)];
    all.extend(varint(bytes.len() as u64));
    all.extend(bytes);
    all
}

fn text(field: u8, text: &str) -> Vec<u8> {
    nested(field, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The protocol buffers encoding guide: 150 is `96 01`, field 1 of it `08 96 01`.
    #[test]
    fn numbers_are_varints() {
        assert_eq!(varint(150), [0x96, 0x01]);
        assert_eq!(number(1, 150), [0x08, 0x96, 0x01]);
        assert_eq!(varint(0), [0]);
        assert_eq!(varint(u64::MAX).len(), 10);
    }

    /// The same guide: field 2 with "testing".
    #[test]
    fn texts_have_their_length() {
        assert_eq!(text(2, "testing"), b"\x12\x07testing");
    }

    #[test]
    fn a_scalar_is_a_tag_and_a_float() {
        assert_eq!(
            Summary::scalar("a", 1.0).0,
            b"\x0a\x01a\x15\x00\x00\x80\x3f"
        );
    }
}
