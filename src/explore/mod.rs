//! Scripts of choices, and their shrinking.
