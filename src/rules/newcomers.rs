//! How members join a rotation that they are new to.

use crate::desk::Team;
use alloc::{vec, vec::Vec};

/// Lets those of `members` who have no turn yet join at the end, owed nothing: in the order given,
/// or shuffled by the seed.
///
/// Each team draws numbers of its own, so the order of the teams changes nothing: Fisher-Yates on
/// `SplitMix64` (Steele, Lea and Flood 2014), started from the seed and the FNV-1a hash of the team's id.
pub(super) fn join(
    turns: &mut Vec<(usize, i64)>,
    team: &Team<'_>,
    members: impl Iterator<Item = usize>,
    seed: Option<u64>,
) {
    let mut has_turn = vec![false; team.members.len()];
    for &(member, _) in &*turns {
        has_turn[member] = true;
    }
    let first = turns.len();
    turns.extend(members.filter(|&member| !has_turn[member]).map(|member| (member, 0)));
    if let Some(seed) = seed {
        let newcomers = &mut turns[first..];
        let mut state = seed ^ fnv_1a(team.record.id.as_bytes());
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

fn fnv_1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_and_the_hash_are_the_published_ones() {
        // The first outputs of SplitMix64 from 1234567, and FNV-1a's published vectors.
        let mut state = 1_234_567;
        let drawn = [(); 3].map(|()| split_mix_64(&mut state));
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
        assert_eq!(
            [fnv_1a(b""), fnv_1a(b"a"), fnv_1a(b"foobar")],
            [0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8,]
        );
    }
}
