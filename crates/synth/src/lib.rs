//! Labelled sessions of the taxonomy, written in native log formats.
