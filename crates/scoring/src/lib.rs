//! From profiles to findings: calibration, false-discovery control, baseline file, monitor.
