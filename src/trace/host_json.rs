//! Host tensors in JSON: `{"dtype": "f32", "shape": [2], "values": [1, 2]}`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::number;
use super::tensor::{Dtype, HostTensor};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    #[serde(default = "f32")]
    dtype: Dtype,
    shape: Vec<usize>,
    #[serde(with = "number::list")]
    values: Vec<f64>,
}

fn f32() -> Dtype {
    Dtype::F32
}

impl Serialize for HostTensor<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut values = vec![0.0; self.numel()];
        self.read(0, &mut values);
        let (dtype, shape) = (self.dtype, self.shape.clone());
        Json {
            dtype,
            shape,
            values,
        }
        .serialize(s)
    }
}

impl<'de> Deserialize<'de> for HostTensor<'static> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<HostTensor<'static>, D::Error> {
        let Json {
            dtype,
            shape,
            values,
        } = Json::deserialize(d)?;
        let numel = shape.iter().try_fold(1usize, |all, &n| all.checked_mul(n));
        if numel != Some(values.len()) {
            let count = values.len();
            let why =
                format!("a tensor of shape {shape:?} has another number of values than {count}");
            return Err(D::Error::custom(why));
        }
        Ok(HostTensor::new(dtype, shape, values))
    }
}
