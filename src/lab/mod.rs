//! The course: find, load, play and judge a story.
