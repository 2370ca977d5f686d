//! How far anybody ever is from the share owed to them, measured without looking at a cursor.

use crate::support::{one_team::one_team, owned, random::Random};
use evenhand::{Assignment, Conversation, Snapshot};

/// One conversation in the fixed-point numbers of this test: fine enough that 100,000 rounded shares stay exact to 20 digits.
const WHOLE: i128 = 1 << 96;

/// One team of `round_robin` that lives on.
struct Desk {
    snapshot: Snapshot<'static>,
    present: Vec<bool>,
    /// What each agent should have received by now minus what they did receive, in 1/WHOLE.
    distance: Vec<i128>,
    worst: i128,
}

impl Desk {
    fn new(weights: &[u32]) -> Self {
        Self {
            snapshot: one_team(Assignment::RoundRobin, weights, 0),
            present: vec![true; weights.len()],
            distance: vec![0; weights.len()],
            worst: 0,
        }
    }

    /// Lets the agent come or go. Who is gone is away, or full, or could not be counted.
    fn set_present(&mut self, agent: usize, present: bool) {
        self.present[agent] = present;
        let record = &mut self.snapshot.agents[agent];
        record.availability = if present || !agent.is_multiple_of(3) { "online" } else { "away" }.into();
        record.capacity = (!present && agent % 3 == 1).then_some(0);
        record.load = if present || agent % 3 != 2 { Some(0) } else { None };
    }

    /// Plans `n` conversations and returns who took each.
    fn assign(&mut self, n: usize) -> Vec<usize> {
        let conversation = |n: usize| Conversation { id: n.to_string().into(), team: "t".into() };
        self.snapshot.conversations = (0..n).map(conversation).collect();
        let plan = evenhand::plan(&self.snapshot).expect("the snapshot is valid");
        let picks: Vec<usize> = plan
            .decisions
            .iter()
            .filter_map(|decision| decision.outcome.agent())
            .map(|agent| agent.parse().expect("ids are numbers"))
            .collect();
        let cursors = plan.cursors.iter().map(owned::cursor).collect();
        self.snapshot.cursors = cursors;
        for &pick in &picks {
            self.count(pick);
        }
        picks
    }

    fn count(&mut self, pick: usize) {
        let weight = |agent: usize| i128::from(self.snapshot.teams[0].members[agent].weight);
        let present: Vec<usize> = (0..self.distance.len()).filter(|&agent| self.present[agent]).collect();
        let total: i128 = present.iter().map(|&agent| weight(agent)).sum();
        for &agent in &present {
            self.distance[agent] += WHOLE * weight(agent) / total;
        }
        self.distance[pick] -= WHOLE;
        self.worst =
            self.worst.max(present.iter().map(|&agent| self.distance[agent].abs()).max().unwrap_or(0));
    }

    #[expect(clippy::cast_precision_loss, reason = "a figure to print and to compare with 2.5")]
    fn worst(&self) -> f64 {
        self.worst as f64 / WHOLE as f64
    }
}

#[test]
fn the_worst_distance_from_the_share_owed_stays_small() {
    for (name, weights) in [
        ("equal weights", [1; 8]),
        ("weights 5, 3, 2, 1", [5, 5, 3, 3, 2, 2, 1, 1]),
        ("weights 1 to 1000", [1000, 1, 333, 7, 999, 50, 2, 600]),
    ] {
        for seed in 0..3 {
            let mut random = Random::new(seed);
            let mut desk = Desk::new(&weights);
            let mut picks = 0;
            // How likely each of the eight is to come or go before a pick: from a shift that holds to a stampede.
            let restless = [5, 30, 50][usize::try_from(seed).expect("small")];
            while picks < 100_000 {
                for agent in 0..weights.len() {
                    if random.chance(restless) {
                        desk.set_present(agent, !desk.present[agent]);
                    }
                }
                let n = random.pick(&[1, 1, 2, 3, 8]);
                picks += desk.assign(n).len();
            }
            println!("{name}, restlessness {restless} %: {:.2} after {picks} picks", desk.worst());
            assert!(desk.worst() < 2.5, "{name}: {} conversations from the share owed", desk.worst());
            assert!(desk.worst() > 0.4, "the measure measures something");
        }
    }
}

/// Returns the longest run to one agent.
fn longest_run(picks: &[usize]) -> usize {
    picks.chunk_by(|one, next| one == next).map(<[usize]>::len).max().unwrap_or(0)
}

#[test]
fn nobody_is_flooded_when_a_large_team_shrinks_to_two() {
    let mut worst = 0;
    for members in [40, 100] {
        for before in 0..=2 * members {
            for two in [[0, 1], [3, 20], [members - 2, members - 1]] {
                // Away, and out of the team altogether.
                for out_of_the_team in [false, true] {
                    let mut desk = Desk::new(&vec![1; members]);
                    desk.assign(before);
                    if out_of_the_team {
                        let team = &mut desk.snapshot.teams[0];
                        team.members
                            .retain(|member| two.iter().any(|agent| agent.to_string() == member.agent));
                        let run = longest_run(&only_picks(&mut desk.snapshot, 50));
                        worst = worst.max(run);
                    } else {
                        for agent in (0..members).filter(|agent| !two.contains(agent)) {
                            desk.set_present(agent, false);
                        }
                        worst = worst.max(longest_run(&desk.assign(50)));
                    }
                }
            }
        }
    }
    println!("longest run after 40 and 100 members shrink to 2: {worst}");
    assert!(worst <= 2, "a run of {worst}");
}

/// Returns who takes each of `n` conversations, without keeping an account.
fn only_picks(snapshot: &mut Snapshot<'static>, n: usize) -> Vec<usize> {
    let conversation = |n: usize| Conversation { id: n.to_string().into(), team: "t".into() };
    snapshot.conversations = (0..n).map(conversation).collect();
    let plan = evenhand::plan(snapshot).expect("the snapshot is valid");
    let agents = plan.decisions.iter().map(|decision| decision.outcome.agent().expect("nobody is limited"));
    agents.map(|agent| agent.parse().expect("ids are numbers")).collect()
}
