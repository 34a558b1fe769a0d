//! Tells work from waste in AI agent sessions: reads traces, scores looping and padding, with evidence and error control.
