//! Detectors that are decoded when they are first asked for: many scans need those of one axis at most.

use std::sync::OnceLock;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ensemble::Ensemble;
use crate::error::Error;
use crate::model_file::decode;

/// An ensemble as it is stored, and once it was needed as it is used.
#[derive(Debug, Clone)]
pub(crate) struct Late {
    bytes: Box<[u8]>,
    decoded: OnceLock<Ensemble>,
}

impl Late {
    /// The ensemble of a body that was checked.
    pub(crate) fn get(&self) -> &Ensemble {
        self.read().expect("because whoever reads a body decodes its detectors, or a test has")
    }

    /// The ensemble.
    ///
    /// # Errors
    /// [`Error::Body`] and [`Error::Stored`] for bytes that are none.
    pub(crate) fn read(&self) -> Result<&Ensemble, Error> {
        if let Some(ensemble) = self.decoded.get() {
            return Ok(ensemble);
        }
        let ensemble = decode(&self.bytes)?;
        Ok(self.decoded.get_or_init(|| ensemble))
    }
}

impl From<Ensemble> for Late {
    fn from(ensemble: Ensemble) -> Self {
        let bytes = postcard::to_allocvec(&ensemble).expect("because every detector is serialisable");
        Late { bytes: bytes.into(), decoded: ensemble.into() }
    }
}

impl Serialize for Late {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.bytes)
    }
}

impl<'de> Deserialize<'de> for Late {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Bytes)
    }
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Late;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the bytes of fitted detectors")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Late, E> {
        Ok(Late { bytes: bytes.into(), decoded: OnceLock::new() })
    }
}
