//! How far anybody ever is from the share owed to them, measured without looking at a cursor.
//!
//! `EVENHAND_LONG=1` measures a team or a shared rotation over a million picks each, in plans of one over 250,000; otherwise it is a
//! fiftieth of that. A change of rule is measured over 1,000 picks, a month over 6,000. `EVENHAND_SEED=n` starts elsewhere.

mod classes;

use crate::support::{host::Host, is_long, random::Random, seed, show};
use evenhand::{Agent, Assignment, Conversation, Member, Snapshot, Team};

/// One conversation in the fixed-point numbers of this test. A multiple of 1 to 24, so that such shares are exact, and fine
/// enough that a million rounded ones stay exact to 10 digits.
const WHOLE: i128 = 5_354_228_880 << 60;

/// So far ahead or behind the memory of a rotation ends.
const FAR: i128 = 8 * WHOLE;

/// Teams that share a rotation, and live on.
struct Desk {
    host: Host,
    random: Random,
    /// For each agent, their weight: the same in each of their teams.
    weights: Vec<u32>,
    /// For each agent, their tier, likewise.
    tiers: Vec<u32>,
    /// Who is in each team.
    teams: Vec<Vec<usize>>,
    present: Vec<bool>,
    capacity: Vec<Option<u32>>,
    /// The conversations that each has open.
    held: Vec<u32>,
    /// What each should have received by now minus what they did receive, in 1/WHOLE.
    distance: Vec<i128>,
    worst: i128,
    /// The most that a cursor ever said, in whole conversations.
    owed: f64,
    arrived: usize,
    /// Who received each conversation.
    picks: Vec<usize>,
}

impl Desk {
    /// Makes a desk of agents with these weights; each team is a list of agents.
    fn new(seed: u64, assignment: Assignment, weights: &[u32], teams: &[Vec<usize>]) -> Self {
        let agent = |n: usize| Agent { id: n.to_string().into(), ..Agent::default() };
        let member =
            |&n: &usize| Member { agent: n.to_string().into(), weight: weights[n], ..Member::default() };
        let team = |(n, members): (usize, &Vec<usize>)| Team {
            id: n.to_string().into(),
            assignment,
            rotation: (teams.len() > 1).then_some("all".into()),
            members: members.iter().map(member).collect(),
            ..Team::default()
        };
        let snapshot = Snapshot {
            agents: (0..weights.len()).map(agent).collect(),
            teams: teams.iter().enumerate().map(team).collect(),
            ..Snapshot::default()
        };
        Self {
            host: Host { snapshot },
            random: Random::new(seed),
            weights: weights.to_vec(),
            tiers: vec![0; weights.len()],
            teams: teams.to_vec(),
            present: vec![true; weights.len()],
            capacity: vec![None; weights.len()],
            held: vec![0; weights.len()],
            distance: vec![0; weights.len()],
            worst: 0,
            owed: 0.0,
            arrived: 0,
            picks: Vec::new(),
        }
    }

    fn one_team(seed: u64, assignment: Assignment, weights: &[u32]) -> Self {
        Self::new(seed, assignment, weights, &[(0..weights.len()).collect()])
    }

    fn chance(&mut self, per_mille: usize) -> bool {
        self.random.below(1_000) < per_mille
    }

    fn arrive(&mut self, team: usize) {
        self.arrived += 1;
        self.host.arrive(&format!("c{}", self.arrived), &team.to_string());
    }

    /// Tells the host who is there. Who is not is away, or full, or could not be counted.
    fn take_in(&mut self) {
        for (n, agent) in self.host.snapshot.agents.iter_mut().enumerate() {
            let present = self.present[n];
            agent.availability = if present || n % 3 != 0 { "online" } else { "away" }.into();
            agent.capacity = if present || n % 3 != 1 { self.capacity[n] } else { Some(0) };
            agent.load = (present || n % 3 != 2).then_some(self.held[n]);
        }
    }

    /// Plans the queue and counts what comes of it.
    fn tick(&mut self, losing: Losing) {
        self.take_in();
        let lost: Vec<String> =
            self.host.snapshot.lost_claims.iter().map(|lost| lost.conversation.to_string()).collect();
        let agents: Vec<Option<String>> = self
            .host
            .snapshot
            .lost_claims
            .iter()
            .map(|lost| lost.agent.as_ref().map(ToString::to_string))
            .collect();
        let queue = self.host.snapshot.conversations.clone();
        let random = &mut self.random;
        let mut rows = self.host.tick(|_| random.below(1_000) >= losing.claims);
        rows.sort_by_key(|row| lost.contains(&row.conversation));

        // What the rotation believes while it plans: that every claim comes through.
        let mut believed = self.distance.clone();
        let mut loads = self.held.clone();
        for row in rows {
            let Some(taker) = row.agent else { continue };
            let taker: usize = taker.parse().expect("ids are numbers");
            let asked = queue.iter().find(|waits| waits.id == row.conversation).expect("it was asked");
            let at = lost.iter().position(|lost| *lost == row.conversation);
            let loser = at.and_then(|at| agents[at].as_ref()).map(|id| id.parse().expect("ids are numbers"));
            let is_preferred = row.why == "preferred";
            let granted = self.granted(asked, &loads, &believed, (taker, is_preferred), loser);
            let total: i128 = granted.iter().map(|&n| i128::from(self.weights[n])).sum();
            for &n in &granted {
                let share = WHOLE * i128::from(self.weights[n]) / total;
                believed[n] += share;
                believed[taker] -= share;
                if row.is_written {
                    self.distance[n] += share;
                    self.distance[taker] -= share;
                }
            }
            loads[taker] += 1;
            if row.is_written {
                self.held[taker] += 1;
                self.picks.push(taker);
                let worst =
                    self.distance.iter().map(|distance| distance.abs()).max().expect("there are people");
                self.worst = self.worst.max(worst);
            } else if !self.random.chance(losing.back) {
                self.host.snapshot.conversations.retain(|waits| waits.id != row.conversation);
            }
        }
        for turn in self.host.snapshot.cursors.iter().flat_map(|cursor| &cursor.turns) {
            #[expect(clippy::cast_precision_loss, reason = "a figure to print and to compare with 10")]
            let owed = turn.owed.unwrap_or(0).unsigned_abs() as f64 / 5_354_228_880.0;
            self.owed = self.owed.max(owed);
        }
    }

    /// Returns who is owed a part of this conversation: everybody at work whose tier was asked, the memory of a rotation ending at 8.
    fn granted(
        &self,
        asked: &Conversation<'_>,
        loads: &[u32],
        believed: &[i128],
        (taker, is_preferred): (usize, bool),
        loser: Option<usize>,
    ) -> Vec<usize> {
        let team: usize = asked.team.parse().expect("ids are numbers");
        let has_room = |n: &usize| {
            let has_seat = self.teams.iter().any(|team| team.contains(n));
            has_seat && self.present[*n] && self.capacity[*n].is_none_or(|most| loads[*n] < most)
        };
        let at_work: Vec<usize> = (0..self.weights.len()).filter(has_room).collect();
        let mut candidates: Vec<usize> = at_work
            .iter()
            .copied()
            .filter(|&n| self.teams[team].contains(&n) && self.knows(n, asked))
            .collect();
        if candidates.len() > 1 {
            candidates.retain(|n| Some(*n) != loser);
        }
        candidates.retain(|n| if is_preferred { *n == taker } else { self.tiers[*n] == self.tiers[taker] });
        if believed[taker] <= -FAR {
            return candidates;
        }
        let is_asked = |n: &usize| self.tiers[*n] <= self.tiers[taker];
        at_work
            .into_iter()
            .filter(is_asked)
            .filter(|n| believed[*n] < FAR || candidates.contains(n))
            .collect()
    }

    /// Returns whether an agent knows all that a conversation needs.
    fn knows(&self, agent: usize, asked: &Conversation<'_>) -> bool {
        let skills = &self.host.snapshot.agents[agent].skills;
        asked.needs.iter().all(|need| skills.iter().any(|skill| skill.skill == need.skill))
    }

    #[expect(clippy::cast_precision_loss, reason = "a figure to print and to compare with 3.5")]
    fn worst(&self) -> f64 {
        self.worst as f64 / WHOLE as f64
    }
}

fn picks_each() -> usize {
    if is_long() { 1_000_000 } else { 20_000 }
}

/// What goes wrong when a plan is written.
#[derive(Clone, Copy)]
struct Losing {
    /// Of 1,000 claims so many are lost.
    claims: usize,
    /// Of 100 lost conversations so many wait again: nobody has them. The others were taken by hand.
    back: usize,
}

const NOTHING: Losing = Losing { claims: 0, back: 0 };

/// Who works on a desk.
#[derive(Clone, Copy)]
enum Staff {
    /// Everybody comes and goes alike, without limits.
    All,
    /// The same, and nobody takes more than 1 to 4 at a time.
    Limited,
    /// Every second one is there a tenth of the time.
    PartTime,
}

/// What is lost, in the order of the table's columns.
const LOSING: [Losing; 7] = [
    NOTHING,
    Losing { claims: 10, back: 0 },
    Losing { claims: 50, back: 0 },
    Losing { claims: 200, back: 0 },
    Losing { claims: 10, back: 50 },
    Losing { claims: 50, back: 50 },
    Losing { claims: 200, back: 50 },
];

/// Lets a desk of one team live for `picks` picks, in plans of up to `at_once` conversations.
fn live(weights: &[u32], staff: Staff, churn: usize, losing: Losing, at_once: usize, picks: usize) -> Desk {
    let mut desk = Desk::one_team(seed(), Assignment::RoundRobin, weights);
    if matches!(staff, Staff::Limited) {
        for n in 0..weights.len() {
            desk.capacity[n] = Some(1 + u32::try_from(n % 4).expect("small"));
        }
    }
    while desk.picks.len() < picks {
        for n in 0..weights.len() {
            let is_rare = matches!(staff, Staff::PartTime) && n % 2 == 1;
            // Whoever is there a tenth of the time comes a ninth as often as they go.
            let moves =
                desk.random.below(9_000) < if is_rare && !desk.present[n] { churn } else { 9 * churn };
            desk.present[n] ^= moves;
            desk.held[n] = match staff {
                Staff::Limited => desk.held[n] - u32::from(desk.held[n] > 0 && desk.chance(500)),
                Staff::All | Staff::PartTime => 0,
            };
        }
        // People who wait for long give up.
        desk.host.snapshot.conversations.truncate(at_once);
        let waiting = desk.host.snapshot.conversations.len();
        for _ in waiting..waiting.max(1 + desk.random.below(at_once)) {
            desk.arrive(0);
        }
        desk.tick(losing);
    }
    desk
}

#[test]
fn one_team_stays_close_to_the_share_owed_in_plans_of_up_to_6() {
    table("plans of up to 6", 6, picks_each(), 3.5);
}

#[test]
fn one_team_stays_close_to_the_share_owed_in_plans_of_1() {
    table("plans of 1", 1, picks_each() / 4, 1.5);
}

/// Measures desks whose lost conversations people took, which nothing brings further than `bound`, and others.
fn table(name: &str, at_once: usize, picks: usize, bound: f64) {
    let mut lines = vec![
        format!("worst distance, {name:<23} lost, then taken by hand     lost, and half of it waits again"),
        "                                   0 %    1 %    5 %   20 %           1 %    5 %   20 %".to_owned(),
    ];
    let (mut by_hand, mut again): (f64, f64) = (0.0, 0.0);
    for (weights_name, weights) in [
        ("equal", [1; 8]),
        ("5 3 2 1", [5, 5, 3, 3, 2, 2, 1, 1]),
        ("1 to 1,000", [1000, 1, 333, 7, 999, 50, 2, 600]),
    ] {
        for (staff_name, staff) in
            [("all", Staff::All), ("limits", Staff::Limited), ("part-time", Staff::PartTime)]
        {
            for (churn_name, churn) in [("0.5 %", 5), ("30 %", 300)] {
                let worst = LOSING.map(|losing| live(&weights, staff, churn, losing, at_once, picks).worst());
                let columns = |worst: &[f64]| -> Vec<String> {
                    worst.iter().map(|worst| format!("{worst:7.2}")).collect()
                };
                let (first, second) = worst.split_at(4);
                lines.push(format!(
                    "{weights_name:<11} {staff_name:<10} {churn_name:<6} {}       {}",
                    columns(first).concat(),
                    columns(second).concat()
                ));
                by_hand = first.iter().copied().fold(by_hand, f64::max);
                again = second.iter().copied().fold(again, f64::max);
                assert!(worst.iter().all(|worst| *worst > 0.4), "the measure measures something");
            }
        }
    }
    show(&lines.join("\n"));
    assert!(by_hand <= bound, "{by_hand} conversations from the share owed");
    // Whoever lost a conversation does not get it again while others can, whoever they are: of two people with weights 1,000
    // and 1 the second one gets what the first one lost. Nothing but the end of a rotation's memory bounds that.
    assert!(again <= 12.0, "{again} conversations from the share owed");
}

/// A desk of teams that share a rotation.
struct Shared {
    name: &'static str,
    weights: Vec<u32>,
    teams: Vec<Vec<usize>>,
    churn: usize,
    losing: Losing,
}

fn shared(random: &mut Random) -> Vec<Shared> {
    let desk = |name, people: usize, teams: &[&[usize]], churn, claims| Shared {
        name,
        weights: vec![1; people],
        teams: teams.iter().map(|team| team.to_vec()).collect(),
        churn,
        losing: Losing { claims, back: 50 },
    };
    let mut all = vec![
        desk("3 people, one bilingual", 3, &[&[0, 1], &[0, 2]], 0, 0),
        desk("3 people, one bilingual", 3, &[&[0, 1], &[0, 2]], 300, 50),
        desk("10 people, 2 bilingual", 10, &[&[0, 1], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]], 0, 0),
        desk("10 people, 2 bilingual", 10, &[&[0, 1], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]], 5, 10),
        desk("10 people, 2 bilingual", 10, &[&[0, 1], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]], 300, 200),
        desk("6 people in a ring of 3", 6, &[&[0, 1, 2, 3], &[2, 3, 4, 5], &[4, 5, 0, 1]], 300, 50),
        desk("8 people, teams apart", 8, &[&[0, 1, 2], &[3, 4, 5, 6, 7]], 5, 10),
    ];
    for (name, most) in [("any teams, equal", 1), ("any teams, 1 to 5", 5), ("any teams, 1 to 1,000", 1_000)]
    {
        for (churn, claims) in [(5, 10), (300, 200)] {
            let people = 4 + random.below(9);
            let weights =
                (0..people).map(|_| 1 + u32::try_from(random.below(most)).expect("small")).collect();
            let teams = (0..2 + random.below(3))
                .map(|_| {
                    let always = random.below(people);
                    (0..people).filter(|n| *n == always || random.chance(40)).collect()
                })
                .collect();
            all.push(Shared { name, weights, teams, churn, losing: Losing { claims, back: 50 } });
        }
    }
    all
}

#[test]
fn what_is_owed_in_a_shared_rotation_stays_within_10_and_what_is_lost() {
    let mut lines = vec!["worst in shared rotations          churn     lost   distance   owed".to_owned()];
    let mut most = Vec::new();
    for case in shared(&mut Random::new(seed())) {
        let mut desk = Desk::new(seed(), Assignment::RoundRobin, &case.weights, &case.teams);
        let mut part = 500;
        while desk.picks.len() < picks_each() {
            for n in 0..case.weights.len() {
                desk.present[n] ^= desk.chance(case.churn);
                desk.held[n] = 0;
            }
            // The traffic of the first team is a tenth of all for a while, then nine tenths, then anything.
            if desk.chance(2) {
                part = desk.random.pick(&[100, 900, 500, 350, 10]);
            }
            desk.host.snapshot.conversations.truncate(6);
            let waiting = desk.host.snapshot.conversations.len();
            for _ in waiting..waiting.max(1 + desk.random.below(6)) {
                let team = if desk.chance(part) { 0 } else { 1 + desk.random.below(case.teams.len() - 1) };
                desk.arrive(team);
            }
            desk.tick(case.losing);
        }
        let (name, churn, losing) = (case.name, case.churn, case.losing);
        lines.push(format!(
            "{name:<32} {:>5} % {:>6} %     {:6.2} {:6.2}",
            tenths(churn),
            tenths(losing.claims),
            desk.worst(),
            desk.owed
        ));
        // Somebody to whom nearly 9 are owed gets the turns that they lost in a plan back on top, sometimes two.
        most.push((if losing.claims > 0 { 11.0 } else { 10.0 }, desk.owed.max(desk.worst())));
    }
    show(&lines.join("\n"));
    for (bound, found) in most {
        assert!(found <= bound, "{found} conversations, and not {bound}");
    }
}

fn tenths(per_mille: usize) -> String {
    format!("{}.{}", per_mille / 10, per_mille % 10)
}

/// Returns the longest run to one agent.
fn longest_run(picks: &[usize]) -> usize {
    picks.chunk_by(|one, next| one == next).map(<[usize]>::len).max().unwrap_or(0)
}

#[test]
fn a_change_of_rule_floods_nobody() {
    let mut lines =
        vec!["after a change to round_robin                          longest run   distance".to_owned()];
    let (mut run, mut distance): (usize, f64) = (0, 0.0);
    for (name, rule) in [("least_loaded", Assignment::LeastLoaded), ("least_recent", Assignment::LeastRecent)]
    {
        for before in [300, 1_000] {
            for staff in ["alike", "one holds many", "half away"] {
                let (longest, worst) = change(rule, before, staff);
                lines.push(format!("{before:>5} by {name}, {staff:<16} {longest:>26} {worst:>10.2}"));
                run = run.max(longest);
                distance = distance.max(worst);
            }
        }
    }
    show(&lines.join("\n"));
    assert!(run <= 1, "a run of {run}");
    assert!(distance <= 1.0, "{distance} conversations from the share owed");
}

/// Plans so many by a rule, then by `round_robin`; returns the longest run after that, and the worst distance, measured anew.
fn change(rule: Assignment, before: usize, staff: &str) -> (usize, f64) {
    let people = 6;
    let mut desk = Desk::one_team(seed(), Assignment::RoundRobin, &vec![1; people]);
    // A morning of `round_robin`, so that there is something to forget.
    for _ in 0..20 {
        desk.arrive(0);
        desk.tick(NOTHING);
    }
    desk.host.snapshot.teams[0].assignment = rule;
    let until = desk.picks.len() + before;
    while desk.picks.len() < until {
        match staff {
            "one holds many" => desk.held = vec![1_000, 0, 0, 900, 0, 0],
            "half away" => (0..3).for_each(|n| desk.present[n] = false),
            _ => {}
        }
        desk.arrive(0);
        desk.tick(Losing { claims: 50, back: 50 });
    }
    desk.host.snapshot.teams[0].assignment = Assignment::RoundRobin;
    desk.present = vec![true; people];
    (desk.picks, desk.worst, desk.distance) = (Vec::new(), 0, vec![0; people]);
    while desk.picks.len() < 1_000 {
        desk.arrive(0);
        desk.tick(NOTHING);
    }
    (longest_run(&desk.picks), desk.worst())
}

#[test]
fn three_shifts_share_a_month_fairly() {
    // Twelve people, four in each shift and for two hours eight, 300 conversations a day for 20 days. Of 20 decisions one is
    // lost to somebody's own click.
    let mut desk = Desk::one_team(seed(), Assignment::RoundRobin, &[1; 12]);
    for _ in 0..20 {
        for hour in 0..24 {
            for n in 0..12 {
                let since = (24 + hour - 8 * (n / 4)) % 24;
                desk.present[n] = since < 10;
            }
            let until = desk.arrived + 12 + usize::from(hour % 2 == 0);
            while desk.arrived < until {
                for _ in 0..=desk.random.below(3) {
                    desk.arrive(0);
                }
                desk.tick(Losing { claims: 50, back: 0 });
            }
        }
    }
    show(&format!("worst distance of twelve people in three shifts, 5 % lost: {:.2}", desk.worst()));
    assert!(desk.picks.len() > 5_500, "{}", desk.picks.len());
    assert!(desk.worst() <= 2.5, "{} conversations from the share owed", desk.worst());
}

#[test]
fn nobody_is_flooded_when_a_large_team_shrinks_to_two() {
    let mut worst = 0;
    for members in [40, 100] {
        for before in (0..=2 * members).step_by(if is_long() { 1 } else { 3 }) {
            for two in [[0, 1], [3, 20], [members - 2, members - 1]] {
                // Away, and out of the team altogether.
                for out_of_the_team in [false, true] {
                    let mut desk = Desk::one_team(0, Assignment::RoundRobin, &vec![1; members]);
                    (0..before).for_each(|_| desk.arrive(0));
                    desk.tick(NOTHING);
                    desk.picks.clear();
                    for n in (0..members).filter(|n| !two.contains(n)) {
                        desk.present[n] = false;
                    }
                    if out_of_the_team {
                        let is_left = |member: &Member<'_>| two.iter().any(|n| n.to_string() == member.agent);
                        desk.host.snapshot.teams[0].members.retain(is_left);
                    }
                    (0..50).for_each(|_| desk.arrive(0));
                    desk.tick(NOTHING);
                    assert_eq!(desk.picks.len(), 50);
                    worst = worst.max(longest_run(&desk.picks));
                }
            }
        }
    }
    show(&format!("longest run after 40 and 100 members shrink to 2: {worst}"));
    assert!(worst <= 1, "a run of {worst}");
}
