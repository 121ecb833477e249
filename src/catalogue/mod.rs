//! Agents and robots as data: who they are and what they leave behind.
