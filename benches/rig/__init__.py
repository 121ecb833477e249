"""What `benches/run` is made of. Standard library only, so that git, Rust and Python 3.9 are enough."""
