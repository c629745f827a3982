//! What is written is read back, bit for bit.

use disentangle_arrays::{Array, open, read, write};
use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use proptest::prelude::*;

fn shape() -> impl Strategy<Value = (Vec<usize>, bool)> {
    (prop::collection::vec(0usize..6, 0..4), any::<bool>())
}

/// Makes arrays of one element type, in C or Fortran order.
fn arrays<T: Arbitrary + Clone + 'static>() -> impl Strategy<Value = ArrayD<T>> {
    shape().prop_flat_map(|(shape, fortran)| {
        let count = shape.iter().product::<usize>();
        prop::collection::vec(any::<T>(), count).prop_map(move |elements| {
            ArrayD::from_shape_vec(IxDyn(&shape).set_f(fortran), elements).unwrap()
        })
    })
}

fn any_array() -> impl Strategy<Value = Array> {
    prop_oneof![
        arrays::<bool>().prop_map(Array::from),
        arrays::<u8>().prop_map(Array::from),
        arrays::<i8>().prop_map(Array::from),
        arrays::<u16>().prop_map(Array::from),
        arrays::<i16>().prop_map(Array::from),
        arrays::<u32>().prop_map(Array::from),
        arrays::<i32>().prop_map(Array::from),
        arrays::<u64>().prop_map(Array::from),
        arrays::<i64>().prop_map(Array::from),
        arrays::<f32>().prop_map(Array::from),
        arrays::<f64>().prop_map(Array::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn npy(array in any_array()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        write(&path, &[("", array.view())]).unwrap();
        prop_assert_eq!(read(&path, None).unwrap(), array);
    }

    #[test]
    fn npz(arrays in prop::collection::vec(any_array(), 0..4)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npz");
        let names: Vec<String> = (0..arrays.len()).map(|i| format!("array {i}")).collect();
        let named: Vec<_> = names.iter().map(String::as_str).zip(arrays.iter().map(Array::view)).collect();
        write(&path, &named).unwrap();
        let mut file = open(&path).unwrap();
        prop_assert_eq!(file.names(), names.clone());
        for (name, array) in names.iter().zip(&arrays) {
            prop_assert_eq!(&file.read(name).unwrap(), array);
        }
    }
}
