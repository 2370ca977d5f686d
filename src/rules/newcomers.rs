//! How members join a rotation that they are new to.

use alloc::{vec, vec::Vec};

/// Lets those of `members` who have no turn yet join at the end, owed nothing: in the order given,
/// or shuffled by the numbers that follow from `shuffle`.
///
/// Each rotation draws numbers of its own, so the order of the teams changes nothing: Fisher-Yates on
/// `SplitMix64` (Steele, Lea and Flood 2014).
pub(super) fn join(
    turns: &mut Vec<(usize, i64)>,
    count: usize,
    members: impl Iterator<Item = usize>,
    shuffle: Option<u64>,
) {
    let mut has_turn = vec![false; count];
    for &(member, _) in &*turns {
        has_turn[member] = true;
    }
    let first = turns.len();
    turns.extend(members.filter(|&member| !has_turn[member]).map(|member| (member, 0)));
    if let Some(mut state) = shuffle {
        let newcomers = &mut turns[first..];
        for last in (1..newcomers.len()).rev() {
            newcomers.swap(last, below(last + 1, &mut state));
        }
    }
}

/// Returns a number from 0 to `bound` - 1, the upper half of the product of `bound` and the next draw.
#[expect(clippy::cast_possible_truncation, reason = "the upper half is below `bound`")]
fn below(bound: usize, state: &mut u64) -> usize {
    ((u128::from(split_mix_64(state)) * bound as u128) >> 64) as usize
}

fn split_mix_64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // The first outputs of SplitMix64 from 1234567.
        let mut state = 1_234_567;
        let drawn = [(); 3].map(|()| split_mix_64(&mut state));
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
