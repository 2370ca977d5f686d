//! 2,000 random inputs and 500 that serve the most, the same on every machine: desks that live through several ticks, and each tick once more with
//! something broken.

use super::{Question, broken::broken, loose::loose};
use crate::support::{
    history::{Desk, Names, Size, make_busy, plain},
    random::Random,
    reached::Reached,
    sound,
};
use evenhand::Objective;

const COUNT: usize = 2_000;
const MOST: usize = 500;
const TICKS: usize = 5;

/// Many small desks, on which most rules meet, and some large ones.
const SIZES: [Size; 8] = {
    let small = Size { agents: 6, teams: 3, arrivals: 12 };
    let medium = Size { agents: 22, teams: 4, arrivals: 40 };
    let large = Size { agents: 60, teams: 3, arrivals: 100 };
    [small, small, small, small, small, medium, medium, large]
};

/// Ids as people have them, and as nobody should.
const NAMES: [Names; 6] = [
    plain,
    |_, n| n.to_string(),
    |kind, n| format!("{kind}-é-ключ-鍵-😀-{n}"),
    |kind, n| format!("{kind}\"\\/\u{0}\u{8}\t\n\u{c}\r\u{1b}\u{7f}\u{2028}\u{feff}-{n}"),
    |kind, n| format!("{:-<128}", format!("{kind} {n} ")),
    |_, n| {
        ["__proto__", "constructor", "null", "length"]
            .get(n)
            .map_or(format!("~{n}/"), |&word| word.to_owned())
    },
];

/// Returns the questions, and panics where they no longer reach what they are made for.
pub(crate) fn questions() -> Vec<Question> {
    let mut reached = Reached::default();
    let mut plans = 0;
    let in_order = (0..).flat_map(|seed| history(seed, false)).take(COUNT);
    let inputs: Vec<Vec<u8>> =
        in_order.chain((0..).flat_map(|seed| history(seed, true)).take(MOST)).collect();
    for input in &inputs {
        let answer = evenhand::plan_json(input);
        if let Ok(plan) = &answer {
            sound::assert_sound_json(input, plan);
            plans += 1;
        }
        reached.look_at(input, &answer);
    }
    let count = inputs.len();
    assert!((count / 3..=count * 2 / 3).contains(&plans), "{plans} plans are not about half of {count}");
    assert_eq!(reached.missing(), [""; 0], "what no generated input reaches");
    let name = |(n, input)| {
        let (topic, n) = if n < COUNT { ("generated", n) } else { ("generated-most", n - COUNT) };
        Question { name: format!("{topic}/{n:04}"), input }
    };
    inputs.into_iter().enumerate().map(name).collect()
}

/// Returns the ticks of one desk, each as it is and broken; of a busy one, where it serves the most.
fn history(seed: u64, most: bool) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    let (size, names) = (random.pick(&SIZES), random.pick(&NAMES));
    // Half of the desks know skills, channels and all the other wishes. Another sequence, so that small desks and
    // large ones have the same variety.
    let mut desk =
        if random.chance(50) { Desk::wishing(!seed, size, names) } else { Desk::new(!seed, size, names) };
    let mut inputs = Vec::new();
    for _ in 0..TICKS {
        let mut snapshot = desk.tick();
        if most {
            make_busy(&mut snapshot, &mut random);
            snapshot.objective = Objective::Most;
        }
        let value = serde_json::to_value(&snapshot).expect("records are writable");
        inputs.push(match random.below(3) {
            0 => loose(&value, &mut random).into_bytes(),
            _ => serde_json::to_vec(&snapshot).expect("records are writable"),
        });
        inputs.push(broken(value, &mut random));
        desk.write(&sound::plan(&snapshot));
    }
    inputs
}
