//! A small generator of random numbers whose sequence is the same everywhere.

/// `xorshift64*`, seeded through a multiplication so that seeds 0, 1, 2, ... are far apart.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self((seed ^ 0x5deb_77a1_02c6_39e5).wrapping_mul(0xd134_2543_de82_ef95) | 1)
    }

    /// Returns a number below `n`, which is not 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        usize::try_from((u128::from(bits) * n as u128) >> 53).expect("below n")
    }

    /// Returns true `percent` times in a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Returns one of `items`, which are not empty.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}
