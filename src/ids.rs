//! Which ids are the same: a list of ids with an index, whatever the ids are.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use core::{cmp::Ordering, hash::Hasher, mem};
use rustc_hash::FxHasher;

/// A list of distinct ids that finds the place of each.
pub(crate) struct Ids<'a> {
    ids: Vec<&'a str>,
    index: Index,
}

/// The places of ids, sorted by hash.
///
/// Sorted rather than hashed into a table: ids chosen to collide cost a longer sort of their own run and
/// never a quadratic walk, and nothing is allocated per id.
struct Index {
    // INVARIANT: sorted; high half the hash of an id, low half its place in the list. Ids of one hash stand in
    // the order of their text, the same ids in the order of their places.
    keys: Vec<u64>,
    /// Where in `keys` the hashes begin that begin with the same bits, and where the last of them end.
    starts: Vec<u32>,
    /// How far a hash is shifted for these bits.
    shift: u32,
    /// The first place whose id stands earlier already.
    repeated: Option<usize>,
}

impl<'a> Ids<'a> {
    /// Returns the index over `ids`, or the first id that stands earlier already, and its place.
    pub(crate) fn new(ids: Vec<&'a str>) -> Result<Self, (&'a str, usize)> {
        let index = Index::new(ids.len(), &|place| ids[place]);
        match index.repeated {
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
        let near = self.index.near(hash);
        // Nearly always alone with the first bits of its hash, or with few others.
        if near.len() <= 4 {
            let found = near.iter().find(|&&key| key >> 32 == hash && self.ids[place(key)] == id)?;
            return Some(place(*found));
        }
        self.find_among(near, hash, id)
    }

    #[cold]
    fn find_among(&self, near: &[u64], hash: u64, id: &str) -> Option<usize> {
        let run = &near[near.partition_point(|key| *key < hash << 32)..];
        let run = &run[..run.partition_point(|key| key >> 32 == hash)];
        run.binary_search_by_key(&id, |&key| self.ids[place(key)]).ok().map(|at| place(run[at]))
    }
}

impl Index {
    // `dyn`, since a sort is thousands of bytes of code for each type of function.
    fn new<'a>(count: usize, id: &dyn Fn(usize) -> &'a str) -> Self {
        Self::of_hashes((0..count).map(|place| hash(id(place))).collect(), id)
    }

    /// Returns the same for ids whose hashes are known.
    fn of_hashes<'a>(hashes: Vec<u64>, id: &dyn Fn(usize) -> &'a str) -> Self {
        let mut index = Self::by_hash(hashes);
        index.tell_apart(id);
        index
    }

    /// Returns it as if ids of one hash were the same.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer ids than a key has places")]
    fn by_hash(hashes: Vec<u64>) -> Self {
        let count = hashes.len();
        let bits = count.next_power_of_two().ilog2().min(24);
        let shift = 32 - bits;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for hash in &hashes {
            starts[(hash >> shift) as usize + 1] += 1;
        }
        let mut sum = 0_u32;
        for start in &mut starts {
            // At most `count`, and what is checked costs twice as much.
            sum = sum.wrapping_add(*start);
            *start = sum;
        }
        let mut next = starts.clone();
        let mut keys = vec![0; count];
        for (place, hash) in hashes.into_iter().enumerate() {
            let next = &mut next[(hash >> shift) as usize];
            keys[*next as usize] = hash << 32 | place as u64;
            *next += 1;
        }
        let mut from = 0;
        for &to in &starts[1..] {
            let before = mem::replace(&mut from, to);
            if to > before + 1 {
                keys[before as usize..to as usize].sort_unstable();
            }
        }
        Self { keys, starts, shift, repeated: None }
    }

    /// Puts ids of one hash in order, and notes the first that stands earlier already.
    fn tell_apart<'a>(&mut self, id: &dyn Fn(usize) -> &'a str) {
        for run in self.keys.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|run| run.len() > 1) {
            let mut compare = |&a: &u64, &b: &u64| id(place(a)).cmp(id(place(b))).then(a.cmp(&b));
            // `dyn`, as the checker sorts: one sort serves both.
            run.sort_unstable_by(&mut compare as &mut dyn FnMut(&u64, &u64) -> Ordering);
            let seconds = run.windows(2).filter(|same| id(place(same[0])) == id(place(same[1])));
            self.repeated = seconds.map(|same| place(same[1])).chain(self.repeated).min();
        }
    }

    /// Returns the keys whose hashes begin with the same bits.
    #[expect(clippy::cast_possible_truncation, reason = "a hash has 32 bits")]
    fn near(&self, hash: u64) -> &[u64] {
        let at = (hash >> self.shift) as usize;
        &self.keys[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

/// Returns the different ones of `ids`, in order of first appearance, and the place of each of `ids` among them.
#[expect(clippy::cast_possible_truncation, reason = "places fit into half a key")]
pub(crate) fn intern<'a>(ids: &[&'a str]) -> (Ids<'a>, Vec<u32>) {
    let mut sorted = Index::by_hash(ids.iter().map(|id| hash(id)).collect());
    // The place of the first that is the same; then its number, which its first has before it.
    let mut numbers = vec![0; ids.len()];
    let note = |numbers: &mut [u32], same: &[u64]| {
        for &key in same {
            numbers[place(key)] = same[0] as u32;
        }
    };
    sorted.keys.chunk_by(|a, b| a >> 32 == b >> 32).for_each(|same| note(&mut numbers, same));
    // Ids of one hash are the same nearly always, and compared as they came: by their hashes each is far from the last.
    if ids.iter().zip(&numbers).any(|(id, &first)| *id != ids[first as usize]) {
        sorted.tell_apart(&|place| ids[place]);
        let same = |&a: &u64, &b: &u64| a >> 32 == b >> 32 && ids[place(a)] == ids[place(b)];
        sorted.keys.chunk_by(same).for_each(|same| note(&mut numbers, same));
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
    let index = Index::new(different.len(), &|place| different[place]);
    (Ids { ids: different, index }, numbers)
}

/// Numbers of lists of numbers: the same list has one number, whoever asks.
///
/// One type for whatever is told apart by a list, since each type of map is thousands of bytes of code.
#[derive(Default)]
pub(crate) struct Numbering {
    numbers: BTreeMap<Vec<u32>, u32>,
}

impl Numbering {
    /// Returns the number of a list.
    pub(crate) fn find(&self, list: &[u32]) -> Option<usize> {
        self.numbers.get(list).map(|&number| number as usize)
    }

    /// Gives a list a number.
    pub(crate) fn insert(&mut self, list: Vec<u32>, number: usize) {
        self.numbers.insert(list, half(number));
    }

    /// Takes a list's number away.
    pub(crate) fn remove(&mut self, list: &[u32]) {
        self.numbers.remove(list);
    }

    /// Returns the number of a list, which is `next` for one that has none.
    pub(crate) fn number(&mut self, list: Vec<u32>, next: usize) -> usize {
        let found = self.find(&list);
        if found.is_none() {
            self.insert(list, next);
        }
        found.unwrap_or(next)
    }
}

/// Returns a place as a number that is half of a pair.
pub(crate) fn half(place: usize) -> u32 {
    u32::try_from(place).expect("every list of a snapshot is shorter than 2^32")
}

/// Returns two numbers as one, which orders by the first, then by the second. Such numbers are sorted by the code that sorts ids.
pub(crate) const fn pair(first: u32, second: u32) -> u64 {
    (first as u64) << 32 | second as u64
}

/// Returns the two numbers of which one consists.
#[expect(clippy::cast_possible_truncation, reason = "takes the bits of one part")]
pub(crate) const fn parts(pair: u64) -> [u32; 2] {
    [(pair >> 32) as u32, pair as u32]
}

/// Returns the first place whose id stands earlier already. `hashes` are those of all ids.
pub(crate) fn repeated<'a>(hashes: Vec<u64>, id: &dyn Fn(usize) -> &'a str) -> Option<usize> {
    Index::of_hashes(hashes, id).repeated
}

/// Returns a hash that fits into 32 bits; its value never reaches an answer.
pub(crate) fn hash(id: &str) -> u64 {
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
