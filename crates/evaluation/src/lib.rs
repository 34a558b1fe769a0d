//! Metrics of predictions against labels: curves, intervals, controls, length baselines.
