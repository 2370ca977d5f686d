//! Which ids are the same: a list of ids with an index, whatever the ids are.

use alloc::{collections::BTreeMap, vec::Vec};
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
        match index(ids.len(), |place| ids[place]) {
            Ok(index) => Ok(Self { ids, index }),
            Err(place) => Err((ids[place], place)),
        }
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

/// Returns the index over `count` ids, or the first place whose id stands earlier already.
pub(crate) fn index<'a>(count: usize, id: impl Fn(usize) -> &'a str) -> Result<Vec<u64>, usize> {
    let mut index: Vec<u64> = (0..count).map(|place| (hash(id(place)) << 32) | place as u64).collect();
    index.sort_unstable();
    let mut second = None;
    for run in index.chunk_by_mut(|a, b| a >> 32 == b >> 32) {
        if run.len() > 1 {
            let mut ordered = BTreeMap::new();
            for &mut key in &mut *run {
                if ordered.insert(id(place(key)), place(key)).is_some() {
                    second = second.into_iter().chain([place(key)]).min();
                }
            }
            for (key, place) in run.iter_mut().zip(ordered.into_values()) {
                *key = *key >> 32 << 32 | place as u64;
            }
        }
    }
    second.map_or(Ok(index), Err)
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
    use alloc::{format, string::String, vec};

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
    fn ids_of_one_hash_stay_apart() {
        let mut seen = BTreeMap::new();
        let (a, b) = (0..)
            .map(|n| format!("{n}"))
            .find_map(|id| Some((seen.insert(hash(&id), id.clone())?, id)))
            .expect("32 bits run out");
        let ids = Ids::new(vec![a.as_str(), "between", &b]).unwrap_or_else(|_| unreachable!());
        assert_eq!((ids.find(&a), ids.find("between"), ids.find(&b)), (Some(0), Some(1), Some(2)));
        assert_eq!(Ids::new(vec![a.as_str(), &b, &b, &a]).err(), Some((b.as_str(), 2)));
    }
}
