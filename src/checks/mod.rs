//! Claims about a world, each with its premise and its reason.
