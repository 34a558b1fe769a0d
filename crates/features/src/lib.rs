//! From events to a profile: digest, fold, ledger, spans, features.
