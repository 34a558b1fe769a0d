//! Findings as tables, JSON Lines and CSV.
