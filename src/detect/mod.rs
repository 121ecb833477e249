//! From a commit's bytes to evidence of who wrote it. Pure; one file per signal.
