//! Unsupervised outlier detectors for tables of named numbers, behind linfa traits.
