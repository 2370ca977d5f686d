//! The same where not everybody may take everything: skills, preferred agents, tiers and shared rotations.
//!
//! A mixture is measured over a million picks with `EVENHAND_LONG=1`, otherwise over 20,000.

use super::{Desk, Losing, NOTHING, longest_run, picks_each, tenths};
use crate::support::{random::Random, seed, show};
use evenhand::{Assignment, Need, Skill};

impl Desk {
    /// Tells each agent what they know: for each skill who has it.
    fn teach(&mut self, skills: &[Vec<usize>]) {
        for (n, agent) in self.host.snapshot.agents.iter_mut().enumerate() {
            let known = skills.iter().enumerate().filter(|(_, who)| who.contains(&n));
            agent.skills =
                known.map(|(skill, _)| Skill { skill: skill.to_string().into(), level: 1 }).collect();
        }
    }

    /// Puts each agent in a tier, the same in each of their teams.
    fn put_in_tiers(&mut self, tiers: Vec<u32>) {
        for member in self.host.snapshot.teams.iter_mut().flat_map(|team| &mut team.members) {
            let n: usize = member.agent.parse().expect("ids are numbers");
            member.tier = tiers[n];
        }
        self.tiers = tiers;
    }

    /// Lets a conversation arrive that needs a skill, and perhaps prefers an agent.
    fn ask(&mut self, team: usize, skill: Option<usize>, preferred: Option<usize>) {
        self.arrive(team);
        let waits = self.host.snapshot.conversations.last_mut().expect("it has just arrived");
        waits.needs.extend(skill.map(|skill| Need { skill: skill.to_string().into(), ..Need::default() }));
        waits.preferred.extend(preferred.map(|agent| agent.to_string().into()));
    }

    /// Returns how many each has received.
    fn totals(&self) -> Vec<usize> {
        (0..self.weights.len()).map(|n| self.picks.iter().filter(|&&taker| taker == n).count()).collect()
    }
}

/// Lets ten people, two of whom speak German, take 20,000 conversations, and returns how many each has received.
fn ten_of_whom_two_speak_german(per_mille: usize) -> Vec<usize> {
    let mut desk = Desk::one_team(seed(), Assignment::RoundRobin, &[1; 10]);
    desk.teach(&[vec![0, 1]]);
    while desk.arrived < 20_000 {
        for _ in 0..(1 + desk.random.below(6)).min(20_000 - desk.arrived) {
            let is_german = desk.chance(per_mille);
            desk.ask(0, is_german.then_some(0), None);
        }
        desk.tick(NOTHING);
    }
    let totals = desk.totals();
    show(&format!("ten people, two of whom speak German, {} % German: {totals:?}", tenths(per_mille)));
    assert_eq!(totals.iter().sum::<usize>(), 20_000, "nobody waits");
    totals
}

#[test]
fn a_fifth_in_german_leaves_everybody_a_tenth() {
    let totals = ten_of_whom_two_speak_german(200);
    assert!(totals.iter().all(|total| (1_900..=2_100).contains(total)), "{totals:?}");
}

#[test]
fn a_third_in_german_is_shared_by_those_who_can_and_the_rest_by_the_others() {
    let totals = ten_of_whom_two_speak_german(350);
    let (german, others) = totals.split_at(2);
    for alike in [german, others] {
        let (least, most) = (alike.iter().min(), alike.iter().max());
        assert!(most.expect("there are people") - least.expect("likewise") <= 2, "{totals:?}");
    }
    assert!(german[0] > 3_300, "who speaks German gets all of it: {totals:?}");
}

/// What people who are not interchangeable go through.
struct Mixture {
    name: &'static str,
    churn: usize,
    tiers: u32,
    /// Of 1,000 conversations so many prefer somebody.
    preferred: usize,
    teams: usize,
    losing: Losing,
    /// The most that may be owed to anybody, in conversations.
    bound: f64,
}

const PLAIN: Mixture = Mixture {
    name: "everybody there",
    churn: 0,
    tiers: 1,
    preferred: 0,
    teams: 1,
    losing: NOTHING,
    bound: 10.0,
};

/// People in three tiers: who the candidates are differs from pick to pick, beyond the classes. The end of a rotation's memory does not
/// count for candidates, so what is owed to them goes as far beyond 8 as anybody drifts where all are candidates: 10.5 seen.
const TIERS: Mixture = Mixture { tiers: 3, bound: 11.0, ..PLAIN };

/// What was lost comes back on top.
const LOST: Mixture = Mixture { churn: 5, losing: Losing { claims: 50, back: 50 }, bound: 11.0, ..PLAIN };

const MIXTURES: [Mixture; 13] = [
    PLAIN,
    Mixture { name: "few come and go", churn: 5, ..PLAIN },
    Mixture { name: "many come and go", churn: 300, ..PLAIN },
    Mixture { name: "tiers", ..TIERS },
    Mixture { name: "tiers, few come and go", churn: 5, ..TIERS },
    Mixture { name: "preferred", preferred: 300, ..PLAIN },
    Mixture { name: "preferred, many come and go", preferred: 300, churn: 300, ..PLAIN },
    Mixture { name: "a shared rotation", teams: 3, churn: 5, ..PLAIN },
    Mixture { name: "all of it, few come and go", preferred: 300, teams: 3, churn: 5, ..TIERS },
    Mixture { name: "all of it, many come and go", preferred: 300, teams: 3, churn: 300, ..TIERS },
    Mixture { name: "lost", ..LOST },
    Mixture { name: "a shared rotation, lost", teams: 3, ..LOST },
    Mixture { name: "all of it, lost", tiers: 3, preferred: 300, teams: 3, churn: 300, bound: 12.0, ..LOST },
];

#[test]
fn twelve_classes_of_twenty_people_are_owed_10_and_a_little_at_most() {
    let mut lines = vec!["worst with twelve classes of twenty people        distance   owed".to_owned()];
    let mut found = Vec::new();
    for (n, mixture) in MIXTURES.iter().enumerate() {
        let desk = mixed(mixture, &mut Random::new(seed() + n as u64));
        lines.push(format!("{:<50} {:6.2} {:6.2}", mixture.name, desk.worst(), desk.owed));
        found.push((mixture.bound, desk.owed.max(desk.worst())));
    }
    show(&lines.join("\n"));
    for (bound, worst) in found {
        assert!(worst <= bound, "{worst} conversations, and not {bound}");
    }
}

/// Lets twenty people live on who may take twelve kinds of conversations, drawn by chance.
fn mixed(mixture: &Mixture, random: &mut Random) -> Desk {
    let people = 20;
    let mut draw = |share: usize| -> Vec<usize> {
        let always = random.below(people);
        (0..people).filter(|n| *n == always || random.chance(share)).collect()
    };
    let teams: Vec<_> = (0..mixture.teams).map(|_| draw(if mixture.teams > 1 { 60 } else { 100 })).collect();
    let skills: Vec<_> = [5, 5, 10, 10, 20, 20, 30, 30, 50, 50, 70, 90].into_iter().map(draw).collect();
    let mut desk = Desk::new(seed(), Assignment::RoundRobin, &vec![1; people], &teams);
    desk.teach(&skills);
    desk.put_in_tiers((0..20).map(|n| n % mixture.tiers).collect());
    // A few kinds are most of the traffic for a while, then others.
    let mut often = Vec::new();
    while desk.picks.len() < picks_each() {
        for n in 0..people {
            desk.present[n] ^= desk.chance(mixture.churn);
            desk.held[n] = 0;
        }
        if often.is_empty() || desk.chance(2) {
            often = (0..3).map(|_| desk.random.below(skills.len())).collect();
        }
        // People who wait for long give up, since nobody may be there who can help them.
        desk.host.snapshot.conversations.truncate(6);
        for _ in 0..=desk.random.below(6) {
            let skill =
                if desk.chance(700) { desk.random.pick(&often) } else { desk.random.below(skills.len()) };
            // Half of the customers who know somebody know the same one.
            let knows = desk.chance(mixture.preferred);
            let whom = if desk.chance(500) { 0 } else { desk.random.below(people) };
            let team = desk.random.below(mixture.teams);
            desk.ask(team, Some(skill), knows.then_some(whom));
        }
        desk.tick(mixture.losing);
    }
    desk
}

#[test]
fn traffic_that_turns_floods_nobody() {
    let mut lines = vec!["after the traffic turns                             longest run".to_owned()];
    let mut worst = 0;
    // Who speaks German, and who English; whoever speaks both stands in both.
    for (name, people, german, english) in [
        ("two of ten speak German", 10, 0..2, 0..10),
        ("three of ten speak German", 10, 0..3, 0..10),
        ("five and five, nobody both", 10, 0..5, 5..10),
        ("five and six, one both", 10, 0..5, 4..10),
        ("three people, one speaks both", 3, 0..2, 1..3),
        ("four people, two speak both", 4, 0..3, 1..4),
    ] {
        for (before, after) in [(100, 900), (900, 100)] {
            let mut desk = Desk::one_team(seed(), Assignment::RoundRobin, &vec![1; people]);
            desk.teach(&[german.clone().collect(), english.clone().collect()]);
            let mut run = 0;
            for _ in 0..4 {
                for (part, picks) in [(before, 2_000), (after, 2_000)] {
                    desk.picks.clear();
                    while desk.picks.len() < picks {
                        for _ in 0..=desk.random.below(6) {
                            let skill = usize::from(!desk.chance(part));
                            desk.ask(0, Some(skill), None);
                        }
                        desk.tick(NOTHING);
                    }
                    run = run.max(longest_run(&desk.picks));
                }
            }
            lines.push(format!("{name:<32} {} to {} % {run:>12}", tenths(before), tenths(after)));
            worst = worst.max(run);
        }
    }
    show(&lines.join("\n"));
    assert!(worst <= 20, "a run of {worst}");
}

#[test]
fn a_preference_that_is_switched_off_floods_nobody() {
    let mut lines =
        vec!["after one who owned 60 % of the customers   longest run   their next turn after".to_owned()];
    let mut worst = 0;
    for people in [2, 3, 5, 10, 40] {
        let mut desk = Desk::one_team(seed(), Assignment::RoundRobin, &vec![1; people]);
        let mut live = |preferred: usize, picks: usize| {
            desk.picks.clear();
            while desk.picks.len() < picks {
                for _ in 0..=desk.random.below(6) {
                    let owned = desk.chance(preferred);
                    desk.ask(0, None, owned.then_some(0));
                }
                desk.tick(NOTHING);
            }
            desk.picks.clone()
        };
        live(600, 3_000);
        let picks = live(0, 1_000);
        let run = longest_run(&picks);
        let next = picks.iter().position(|&taker| taker == 0).expect("they get turns again");
        lines.push(format!("{people:>4} people {run:>44} {next:>23}"));
        worst = worst.max(run);
    }
    show(&lines.join("\n"));
    assert!(worst <= 20, "a run of {worst}");
}
