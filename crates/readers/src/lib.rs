//! Readers of agent logs: framing, decompression, sniffing, one file per format.
