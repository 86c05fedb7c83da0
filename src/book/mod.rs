//! The book's transcripts, made by running them.
