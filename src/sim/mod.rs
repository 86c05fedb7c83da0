//! Time and chance: the world and its steps.
