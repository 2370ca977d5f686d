//! Which ids are the same: a list of ids with an index, whatever the ids are.

use alloc::{vec, vec::Vec};
use core::hash::Hasher;
use rustc_hash::FxHasher;

/// A list of distinct ids that finds the place of each.
///
/// The index is sorted by hash rather than hashed into buckets: ids chosen to collide cost a
/// longer sort of their own run and never a quadratic walk, and nothing is allocated per id.
pub(crate) struct Ids<'a> {
    ids: Vec<&'a str>,
    // INVARIANT: sorted; high half the hash of an id, low half its place in `ids`.
    // Ids of one hash stand in the order of their text.
    index: Vec<u64>,
}

impl<'a> Ids<'a> {
    /// Returns the index over `ids`, or the first id that stands earlier already, and its place.
    pub(crate) fn new(ids: Vec<&'a str>) -> Result<Self, (&'a str, usize)> {
        let index = index(ids.len(), |place| ids[place]);
        match first_repeated(&index, |place| ids[place]) {
            None => Ok(Self { ids, index }),
            Some(place) => Err((ids[place], place)),
        }
    }

    /// Returns how many there are.
    pub(crate) const fn len(&self) -> usize {
        self.ids.len()
    }

    /// Yields them, in the order of their places.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a str> {
        self.ids.iter().copied()
    }

    /// Returns the place of `id` in the list.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        let hash = hash(id);
        let run = &self.index[self.index.partition_point(|key| *key < hash << 32)..];
        let &first = run.first()?;
        // Nearly always alone with its hash.
        if self.ids[place(first)] == id {
            return Some(place(first));
        }
        let run = &run[..run.partition_point(|key| key >> 32 == hash)];
        run.binary_search_by_key(&id, |&key| self.ids[place(key)]).ok().map(|at| place(run[at]))
    }
}

/// Returns the different ones of `ids`, in order of first appearance, and the place of each of `ids` among them.
#[expect(clippy::cast_possible_truncation, reason = "places fit into half a key")]
pub(crate) fn intern<'a>(ids: &[&'a str]) -> (Ids<'a>, Vec<u32>) {
    let sorted = index(ids.len(), |place| ids[place]);
    // The place of the first that is the same; then its number, which its first has before it.
    let mut numbers = vec![0; ids.len()];
    for same in sorted.chunk_by(|&a, &b| a >> 32 == b >> 32 && ids[place(a)] == ids[place(b)]) {
        for &key in same {
            numbers[place(key)] = same[0] as u32;
        }
    }
    let mut different = Vec::new();
    for (at, &id) in ids.iter().enumerate() {
        let first = numbers[at] as usize;
        if first == at {
            numbers[at] = different.len() as u32;
            different.push(id);
        } else {
            numbers[at] = numbers[first];
        }
    }
    let renumbered = |&key: &u64| (key >> 32 << 32) | u64::from(numbers[place(key)]);
    let mut index: Vec<u64> = sorted.iter().map(renumbered).collect();
    index.dedup();
    (Ids { ids: different, index }, numbers)
}

/// Returns the first place whose id stands earlier already.
pub(crate) fn repeated<'a>(count: usize, id: impl Fn(usize) -> &'a str) -> Option<usize> {
    first_repeated(&index(count, &id), id)
}

fn first_repeated<'a>(index: &[u64], id: impl Fn(usize) -> &'a str) -> Option<usize> {
    let neighbours = index.iter().zip(index.get(1..)?);
    let same = neighbours.filter(|&(a, b)| a >> 32 == b >> 32 && id(place(*a)) == id(place(*b)));
    same.map(|(_, &second)| place(second)).min()
}

/// Returns the places of `count` ids with their hashes, sorted by hash, then by text, then by place.
fn index<'a>(count: usize, id: impl Fn(usize) -> &'a str) -> Vec<u64> {
    let mut index: Vec<u64> = (0..count).map(|place| (hash(id(place)) << 32) | place as u64).collect();
    index.sort_unstable();
    for run in index.chunk_by_mut(|a, b| a >> 32 == b >> 32) {
        run.sort_unstable_by(|&a, &b| id(place(a)).cmp(id(place(b))).then(a.cmp(&b)));
    }
    index
}

/// Returns a hash that fits into 32 bits; its value never reaches an answer.
fn hash(id: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(id.as_bytes());
    let hash = hasher.finish();
    // The hasher has 32 bits on 32-bit targets and 64 elsewhere, the good ones not always low.
    (hash ^ (hash >> 32)) & 0xffff_ffff
}

const fn place(key: u64) -> usize {
    (key & 0xffff_ffff) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{collections::BTreeMap, format, string::String, vec};

    #[test]
    fn every_id_is_found_at_its_place_and_no_other() {
        let ids: Vec<String> = (0..5_000).map(|n| format!("agent-{n}")).collect();
        let index = Ids::new(ids.iter().map(String::as_str).collect()).unwrap_or_else(|_| unreachable!());
        for (place, id) in ids.iter().enumerate() {
            assert_eq!(index.find(id), Some(place));
        }
        assert_eq!(index.find("agent-5000"), None);
        assert_eq!(index.find(""), None);
    }

    #[test]
    fn the_first_repetition_is_named_wherever_its_hash_sorts() {
        assert_eq!(Ids::new(vec!["a", "b", "c", "b", "a"]).err(), Some(("b", 3)));
        assert_eq!(Ids::new(vec!["x", "x"]).err(), Some(("x", 1)));
        assert_eq!(Ids::new(vec!["x", "x", "x"]).err(), Some(("x", 1)));
        assert!(Ids::new(vec![]).is_ok());
    }

    #[test]
    fn the_same_ids_get_one_number_in_order_of_first_appearance() {
        let (different, numbers) = intern(&["b", "a", "b", "c", "a", "b"]);
        assert_eq!(
            (different.iter().collect::<Vec<_>>(), numbers),
            (vec!["b", "a", "c"], vec![0, 1, 0, 2, 1, 0])
        );
        assert_eq!(["a", "b", "c", "d"].map(|id| different.find(id)), [Some(1), Some(0), Some(2), None]);
    }

    #[test]
    fn ids_of_one_hash_stay_apart() {
        let mut seen = BTreeMap::new();
        let (a, b) = (0..)
            .map(|n| format!("{n}"))
            .find_map(|id| Some((seen.insert(hash(&id), id.clone())?, id)))
            .expect("32 bits run out");
        let ids = Ids::new(vec![a.as_str(), "between", &b]).unwrap_or_else(|_| unreachable!());
        assert_eq!((ids.find(&a), ids.find("between"), ids.find(&b)), (Some(0), Some(1), Some(2)));
        assert_eq!(Ids::new(vec![a.as_str(), &b, &b, &a]).err(), Some((b.as_str(), 2)));
        let (different, numbers) = intern(&[&b, &a, &b]);
        assert_eq!((numbers, different.find(&a), different.find(&b)), (vec![0, 1, 0], Some(1), Some(0)));
    }
}
