//! A world is built from a string of bytes, one byte a choice, and zero is always the plain choice.
//!
//! So proptest can shrink any world: fewer and smaller bytes are a plainer world.

/// The choices that are left. When none is, every choice is the plain one.
pub struct Choices<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    fn byte(&mut self) -> usize {
        usize::from(*self.bytes.next().unwrap_or(&0))
    }

    /// A number from 0 to `most`.
    pub fn up_to(&mut self, most: usize) -> usize {
        self.byte() % (most + 1)
    }

    /// Yes in half of all worlds.
    pub fn maybe(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    /// Yes in one world of sixteen.
    pub fn rarely(&mut self) -> bool {
        self.byte() % 16 == 15
    }

    /// One of these; the first is the plain one.
    pub fn pick<T: Clone>(&mut self, options: &[T]) -> T {
        options[self.byte() % options.len()].clone()
    }

    /// The plain value, and rarely another.
    pub fn mostly<T: Clone>(&mut self, plain: T, others: &[T]) -> T {
        if self.rarely() { self.pick(others) } else { plain }
    }

    /// The plain one of these in half of all worlds, else any.
    pub fn often<T: Clone>(&mut self, options: &[T]) -> T {
        if self.maybe() { self.pick(options) } else { options[0].clone() }
    }

    /// Up to `most` things, made one by one.
    pub fn some<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self, usize) -> T) -> Vec<T> {
        (0..self.up_to(most)).map(|index| make(self, index)).collect()
    }
}
