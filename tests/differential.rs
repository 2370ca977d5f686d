//! The engine against the naive model: whole plans, compared on random desks that live through several ticks.
//!
//! A run is reproducible: `EVENHAND_SEED=n` starts it elsewhere (default 0), and a difference is printed with the seed of
//! its history and the smallest snapshot that still shows it. Such a snapshot becomes a case or a test of its own.

use crate::model::{self, Answer, FAR, Kind, Pick, decode};
use crate::support::history::{self, Desk, Size};
use crate::support::shared::{is_legacy, rotation_of};
use crate::support::{is_long, random::Random, seed, show, shrink::shrink, sound};
use evenhand::{
    AssignReason, Assignment, Bottleneck, Cursor, Decision, Gate, LostClaim, MAX_LOAD, Objective, Outcome,
    Plan, Rule, Snapshot, Team, Turn, WaitReason,
};
use std::collections::BTreeMap;

const SMALL: Size = Size { agents: 6, teams: 3, arrivals: 12 };
const MEDIUM: Size = Size { agents: 22, teams: 4, arrivals: 40 };
const LARGE: Size = Size { agents: 90, teams: 3, arrivals: 160 };

#[test]
fn the_engine_agrees_with_the_model() {
    let (first, times) = (seed(), if is_long() { 10 } else { 1 });
    let mut seen = Seen::default();
    for (size, histories, ticks) in [(SMALL, 5_000, 8), (MEDIUM, 1_500, 8), (LARGE, 200, 6)] {
        for seed in (first..).take(times * histories) {
            // Half of the desks know of nothing but teams.
            let desk = if seed % 2 == 0 { Desk::new } else { Desk::wishing };
            let mut desk = desk(seed, size, history::plain);
            let mut random = Random::new(seed);
            for tick in 0..ticks {
                let mut snapshot = desk.tick();
                // A third of the desks serves the most, where it mostly matters.
                if seed % 3 == 0 {
                    snapshot.objective = Objective::Most;
                    if random.chance(70) {
                        history::make_busy(&mut snapshot, &mut random);
                    }
                }
                let answer = model::answer(&snapshot);
                if !agree(&snapshot, &answer) {
                    report(seed, tick, &snapshot);
                }
                sound::assert_sound(&snapshot, &answer.plan);
                assert_sets_are_those_of_the_picks(&answer);
                seen.look_at(&snapshot, &answer);
                desk.write(&answer.plan);
            }
        }
    }
    show(&format!("{} snapshots, {} decisions compared from seed {first}", seen.snapshots, seen.decisions));
    for (what, times) in &seen.counts {
        show(&format!("{times:>9} {what}"));
    }
    assert!(seen.snapshots >= 20_000, "only {} snapshots", seen.snapshots);
    seen.assert_everything_occurred();
}

fn agree(snapshot: &Snapshot<'_>, answer: &Answer<'_>) -> bool {
    // A panic of the engine is a difference too.
    std::panic::catch_unwind(|| evenhand::plan(snapshot).as_ref() == Ok(&answer.plan)).unwrap_or(false)
}

fn report(seed: u64, tick: usize, snapshot: &Snapshot<'_>) {
    let smallest = shrink(snapshot.clone(), |smaller| !agree(smaller, &model::answer(smaller)));
    let text = serde_json::to_string(&smallest).expect("records are writable");
    eprintln!("history {seed}, tick {tick}; the smallest snapshot that shows it:\n{text}");
    let expected = model::plan(&smallest);
    assert_eq!(
        evenhand::plan(&smallest),
        Ok(expected),
        "engine (left) and model (right) differ, history {seed}"
    );
}

/// The set that a decision names is, read back from the cursor, whom the pick granted a share.
fn assert_sets_are_those_of_the_picks(answer: &Answer<'_>) {
    for (decision, pick) in answer.plan.decisions.iter().zip(&answer.picks) {
        let Some(pick) = pick else { continue };
        let set = |cursor: &Cursor<'_>| decode(&cursor.sets, usize::try_from(decision.set).expect("small"));
        let mut cursors = answer.plan.cursors.iter().filter(|cursor| cursor.rotation == pick.rotation);
        assert_eq!(cursors.next().and_then(set).as_ref(), Some(&pick.granted));
    }
}

/// What the random desks really brought about, so that the generator cannot go stale unnoticed.
#[derive(Default)]
struct Seen {
    snapshots: usize,
    decisions: usize,
    counts: BTreeMap<String, usize>,
}

impl Seen {
    fn saw(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    fn saw_if(&mut self, occurred: bool, what: &str) {
        if occurred {
            self.saw(what);
        }
    }

    fn look_at(&mut self, snapshot: &Snapshot<'_>, answer: &Answer<'_>) {
        self.snapshots += 1;
        self.decisions += answer.plan.decisions.len();
        for (decision, pick) in answer.plan.decisions.iter().zip(&answer.picks) {
            self.look_at_decision(snapshot, decision, pick.as_ref());
        }
        self.look_at_wishes(snapshot, answer);
        if snapshot.objective == Objective::Most {
            self.look_at_most(snapshot, &answer.plan);
        }
        for gate in answer.plan.waiting.iter().flat_map(|group| &group.passed_over) {
            self.saw(format!("gate: {}", gate.why.code()));
        }
        for cursor in &answer.plan.cursors {
            self.saw_if(is_saturated(cursor), "owed at its bound");
            for set in 0..cursor.sets.len() {
                self.saw(kind_of(cursor, set));
            }
            let brought = snapshot.cursors.iter().find(|brought| brought.rotation == cursor.rotation);
            self.look_at_opening(snapshot, cursor, brought);
        }
        for lost in &snapshot.lost_claims {
            self.look_at_lost_claim(snapshot, lost);
        }
        self.saw_if(snapshot.teams.iter().any(|team| team.members.len() > 40), "more than 40 members");
        self.saw_if(
            snapshot.agents.iter().any(|agent| agent.load == Some(MAX_LOAD) && agent.capacity.is_none()),
            "a load that is full without a capacity",
        );
    }

    fn look_at_decision(
        &mut self,
        snapshot: &Snapshot<'_>,
        decision: &Decision<'_>,
        pick: Option<&Pick<'_>>,
    ) {
        let team = snapshot.teams.iter().find(|team| team.id == decision.team);
        let rule = team.map_or("none".to_owned(), |team| format!("{:?}", team.assignment));
        let code = decision.outcome.code();
        self.saw(format!("{code} by {rule}"));
        if let Outcome::Waits(why) = decision.outcome {
            self.saw(format!("waits: {}", why.code()));
        }
        let shared = team.is_some_and(|team| works_with(snapshot, team).count() > 1);
        self.saw_if(shared, &format!("{code} by {rule}, shared"));
        let lost = snapshot.lost_claims.iter().find(|lost| lost.conversation == decision.conversation);
        if let (Some(agent), Some(lost)) = (decision.outcome.agent(), lost) {
            self.saw(match lost.agent.as_deref() {
                None => format!("lost without an agent, then assigned by {rule}"),
                Some(same) if same == agent => format!("lost, then the same agent by {rule}"),
                Some(_) => format!("lost, then somebody else by {rule}"),
            });
            if let Some(pick) = pick {
                self.saw_if(
                    pick.at_work.len() > pick.candidates.len(),
                    "somebody at work who is no candidate",
                );
            }
        }
        if let (Some(by), Some(_)) = (decision.by, decision.outcome.agent()) {
            let by = snapshot.teams.iter().find(|team| team.id == by).expect("it served");
            self.saw(format!("{code} by {:?} in the place of {rule}", by.assignment));
        }
        if let Some(pick) = pick {
            self.saw_if(pick.rank > 0 && pick.rank < 10, "a higher tier is asked");
            self.saw_if(pick.rank >= 10, "a fallback is asked");
            self.saw_if(pick.kind == Kind::PreferredAhead, "a preferred taker who is 8 ahead");
            let is_part = |part: &[usize], whole: &[usize]| part.iter().all(|seat| whole.contains(seat));
            self.saw_if(pick.owed <= -FAR, "a taker who is 8 ahead");
            self.saw_if(
                pick.owed <= -FAR && pick.granted.len() < pick.at_work.len(),
                "a taker 8 ahead, others at work",
            );
            self.saw_if(
                pick.owed > -FAR && !is_part(&pick.at_work, &pick.granted),
                "somebody who is owed 8 and granted nothing",
            );
            self.saw_if(
                pick.is_owed_8 && pick.at_work.len() > 1,
                "a candidate who is owed 8 and granted their share",
            );
            self.saw_if(
                pick.at_work.len() > pick.candidates.len() && lost.is_none(),
                "at work in another team",
            );
        }
    }

    fn look_at_wishes(&mut self, snapshot: &Snapshot<'_>, answer: &Answer<'_>) {
        let plan = &answer.plan;
        let order: Vec<_> = snapshot.conversations.iter().map(|c| (c.priority, c.due)).collect();
        self.saw_if(!order.is_sorted(), "conversations that are not served as given");
        self.saw_if(snapshot.now.is_none() && snapshot.ageing.is_some(), "ageing without a clock");
        for (decision, conversation) in plan.decisions.iter().zip(&snapshot.conversations) {
            let agent = decision.outcome.agent();
            if decision.held_by.is_some() {
                self.saw(if agent.is_some() { "taken from its holder" } else { "stays with its holder" });
                self.saw_if(agent == decision.held_by, "drawn by its holder");
            }
            let lost = snapshot.lost_claims.iter().find(|lost| lost.conversation == conversation.id);
            self.saw_if(
                lost.is_some_and(|lost| {
                    lost.agent.as_deref().is_some_and(|loser| {
                        agent == Some(loser) && conversation.preferred.iter().any(|other| other == loser)
                    })
                }),
                "lost, then the same preferred agent",
            );
            self.saw_if(
                agent.is_some()
                    && conversation.hold_for.is_some()
                    && !conversation.preferred.is_empty()
                    && decision.outcome.code() != "preferred",
                "a hold that is not in force",
            );
        }
        for group in &plan.waiting {
            self.saw_if(group.channel.is_some(), "waiting by channel");
            self.saw_if(!group.needs.is_empty(), "waiting by needs");
            self.saw_if(group.needs.len() > 1, "waiting by several needs");
        }
        self.saw_if(plan.loads.iter().any(|load| load.after < load.before), "a load that falls");
        for cursor in &plan.cursors {
            let picks = answer.picks.iter().zip(&plan.decisions);
            let of_cursor =
                picks.filter(|(pick, _)| pick.as_ref().is_some_and(|pick| pick.rotation == cursor.rotation));
            let sets: Vec<u32> = of_cursor.map(|(_, decision)| decision.set).collect();
            self.saw_if(!sets.is_sorted(), "an earlier set again");
        }
    }

    fn look_at_most(&mut self, snapshot: &Snapshot<'_>, plan: &Plan<'_>) {
        let in_order = Snapshot { objective: Objective::InOrder, ..snapshot.clone() };
        let in_order = model::plan(&in_order);
        let served = |plan: &Plan<'_>| {
            plan.decisions.iter().filter(|decision| decision.outcome.agent().is_some()).count()
        };
        self.saw_if(served(plan) > served(&in_order), "most: more than in order");
        self.saw_if(plan.decisions != in_order.decisions, "most: others than in order");
        for (decision, conversation) in plan.decisions.iter().zip(&snapshot.conversations) {
            let Outcome::Assigned { agent, why } = decision.outcome else { continue };
            let lost = snapshot.lost_claims.iter().find(|lost| lost.conversation == decision.conversation);
            let matched = why == AssignReason::Matched;
            self.saw_if(matched && decision.by.is_some(), "matched by a team that helps");
            self.saw_if(matched && decision.held_by.is_some(), "matched, and taken from its holder");
            self.saw_if(matched && !conversation.preferred.is_empty(), "matched, though it prefers somebody");
            self.saw_if(matched && lost.is_some(), "matched, and lost before");
            let loser = lost.and_then(|lost| lost.agent.as_deref());
            self.saw_if(matched && loser == Some(agent), "matched to the one who lost it");
        }
        for bottleneck in &plan.bottlenecks {
            let Bottleneck { classes, agents, assigned, waiting } = bottleneck;
            self.saw_if(classes.len() > 1, "a bottleneck of several classes");
            self.saw_if(classes.len() > 1 && *assigned == 0, "a bottleneck of several classes without room");
            self.saw_if(agents.len() > 1, "a bottleneck of several agents");
            self.saw_if(agents.is_empty(), "a bottleneck without agents");
            self.saw_if(*assigned > 0 && *waiting > 1, "a bottleneck with room for some");
            self.saw_if(
                classes.iter().any(|class| class.team != classes[0].team),
                "a bottleneck of several teams",
            );
        }
        self.saw_if(plan.bottlenecks.len() > 1, "several bottlenecks");
    }

    fn look_at_opening(
        &mut self,
        snapshot: &Snapshot<'_>,
        cursor: &Cursor<'_>,
        brought: Option<&Cursor<'_>>,
    ) {
        let teams: Vec<_> =
            snapshot.teams.iter().filter(|team| rotation_of(team) == cursor.rotation).collect();
        let ours = teams.iter().find(|team| team.assignment != Assignment::Manual);
        let manual = teams.iter().any(|team| team.assignment == Assignment::Manual);
        let Some(ours) = ours else {
            self.saw_if(teams.len() > 1, "manual teams that share a rotation");
            if let Some(brought) = brought {
                self.saw(format!("{:?} to Manual", brought.rule));
            }
            return;
        };
        let legacy = is_legacy(ours.assignment);
        self.saw_if(manual && legacy, "a manual team beside a legacy team");
        self.saw_if(manual && !legacy, "a manual team beside others");
        let Some(brought) = brought else { return };
        self.saw(format!("{:?} to {:?}", brought.rule, ours.assignment));

        let member = |agent: &str| teams.iter().flat_map(|team| &team.members).any(|m| m.agent == agent);
        let (known, gone): (Vec<_>, Vec<_>) = brought.turns.iter().partition(|turn| member(&turn.agent));
        self.saw_if(!gone.is_empty(), "turns of people who are gone");
        if ours.assignment == Assignment::RoundRobin && brought.rule == Rule::RoundRobin {
            let sum: i128 = known.iter().map(|turn| i128::from(turn.owed.unwrap_or(0))).sum();
            let remaining = i128::try_from(known.len()).expect("a length");
            if sum != 0 {
                self.saw(if sum < 0 { "levelled up" } else { "levelled down" });
                if sum % remaining != 0 {
                    self.saw(if sum < 0 { "remainder below 0" } else { "remainder above 0" });
                }
            }
        }
        let new = |turn: &&Turn<'_>| brought.turns.iter().all(|other| other.agent != turn.agent);
        if cursor.turns.iter().filter(new).count() > 1 && !brought.turns.is_empty() {
            self.saw(if snapshot.seed.is_some() { "newcomers shuffled" } else { "newcomers in order" });
        }
        if manual && !legacy {
            let only_manual = |turn: &&Turn<'_>| {
                let mut at = teams.iter().filter(|team| team.members.iter().any(|m| m.agent == turn.agent));
                at.all(|team| team.assignment == Assignment::Manual)
                    && turn.owed.is_some_and(|owed| owed != 0)
            };
            self.saw_if(
                cursor.turns.iter().any(|turn| only_manual(&turn)),
                "a seat of a manual team, frozen",
            );
        }
    }

    fn look_at_lost_claim(&mut self, snapshot: &Snapshot<'_>, lost: &LostClaim<'_>) {
        let conversation = snapshot.conversations.iter().find(|waits| waits.id == lost.conversation);
        self.saw_if(conversation.is_none(), "lost claim of a conversation that is gone");
        self.saw_if(conversation.is_some_and(|waits| waits.team != lost.team), "lost claim of another team");
        let Some(agent) = lost.agent.as_deref() else {
            self.saw("lost claim without an agent");
            return;
        };
        let by = lost.by.as_ref().unwrap_or(&lost.team);
        self.saw_if(*by != lost.team, "lost claim of a team that helped");
        let Some(team) = snapshot.teams.iter().find(|team| team.id == *by) else {
            self.saw("lost claim of a team that is gone");
            return;
        };
        let rule = team.assignment;
        self.saw(format!("lost claim in {rule:?}"));
        let mut members = works_with(snapshot, team).flat_map(|team| &team.members);
        let Some(member) = members.find(|member| member.agent == agent) else {
            self.saw("lost claim of a stranger");
            return;
        };
        self.saw_if(member.weight == 0, "lost claim of weight 0");
        let cursor = snapshot.cursors.iter().find(|cursor| cursor.rotation == rotation_of(team));
        let (Assignment::RoundRobin, Some(cursor)) = (rule, cursor) else { return };
        if cursor.rule != Rule::RoundRobin {
            self.saw("lost claim of another rule");
            return;
        }
        match decode(&cursor.sets, usize::try_from(lost.set).expect("small")) {
            None => self.saw("undone among those at work"),
            Some(set) => {
                let all = || works_with(snapshot, team).flat_map(|team| &team.members);
                let here = |&&turn: &&usize| all().any(|member| member.agent == cursor.turns[turn].agent);
                let left = set.iter().filter(here).count();
                self.saw("undone among its set");
                self.saw_if(*by != lost.team, "undone among the set of a team that helped");
                self.saw_if(left < set.len() && left > 0, "undone among what is left of its set");
                self.saw_if(left == 0 && !set.is_empty(), "all of its set are gone");
                self.saw_if(lost.set > 0, "undone among a set that is not the first");
            }
        }
    }

    fn assert_everything_occurred(&self) {
        let mut wanted: Vec<String> = [
            "turn by RoundRobin",
            "only_candidate by RoundRobin",
            "least_loaded by LeastLoaded",
            "only_candidate by LeastLoaded",
            "least_recent by LeastRecent",
            "only_candidate by LeastRecent",
            "turn by Libredesk2025",
            "turn by Libredesk2026",
            "turn_lost by Libredesk2025",
            "turn_lost by Libredesk2026",
            "nobody_available by Libredesk2025",
            "no_members by Libredesk2026",
            "turn by RoundRobin, shared",
            "all_full by RoundRobin, shared",
            "least_loaded by LeastLoaded, shared",
            "least_recent by LeastRecent, shared",
            "a manual team beside a legacy team",
            "a manual team beside others",
            "manual teams that share a rotation",
            "a seat of a manual team, frozen",
            "at work in another team",
            "somebody at work who is no candidate",
            "somebody who is owed 8 and granted nothing",
            "a candidate who is owed 8 and granted their share",
            "a taker who is 8 ahead",
            "a taker 8 ahead, others at work",
            "a set written whole",
            "a set written as one with fewer",
            "a set written as one with more",
            "a set written as one with others",
            "levelled up",
            "levelled down",
            "remainder below 0",
            "remainder above 0",
            "turns of people who are gone",
            "newcomers shuffled",
            "newcomers in order",
            "more than 40 members",
            "a load that is full without a capacity",
            "lost claim of a conversation that is gone",
            "lost claim of another team",
            "lost claim without an agent",
            "lost claim of a team that is gone",
            "lost claim of a stranger",
            "lost claim of weight 0",
            "lost claim of another rule",
            "undone among those at work",
            "undone among its set",
            "undone among what is left of its set",
            "undone among a set that is not the first",
            "all of its set are gone",
            "owed at its bound",
            "preferred by RoundRobin",
            "preferred by LeastLoaded",
            "preferred by LeastRecent",
            "turn by RoundRobin in the place of RoundRobin",
            "turn by RoundRobin in the place of LeastLoaded",
            "least_loaded by LeastLoaded in the place of RoundRobin",
            "least_recent by LeastRecent in the place of RoundRobin",
            "only_candidate by RoundRobin in the place of RoundRobin",
            "preferred by RoundRobin in the place of RoundRobin",
            "a higher tier is asked",
            "a fallback is asked",
            "a preferred taker who is 8 ahead",
            "conversations that are not served as given",
            "taken from its holder",
            "stays with its holder",
            "drawn by its holder",
            "lost, then the same preferred agent",
            "a hold that is not in force",
            "waiting by channel",
            "waiting by needs",
            "waiting by several needs",
            "a load that falls",
            "an earlier set again",
            "lost claim of a team that helped",
            "undone among the set of a team that helped",
        ]
        .map(str::to_owned)
        .to_vec();
        wanted.extend(OF_MOST.map(str::to_owned));
        wanted.extend(WaitReason::ALL.iter().map(|why| format!("waits: {}", why.code())));
        wanted.extend(Gate::ALL.iter().map(|gate| format!("gate: {}", gate.code())));
        for to in Assignment::ALL {
            wanted.push(format!("lost claim in {to:?}"));
            wanted.extend(Rule::ALL.iter().map(|from| format!("{from:?} to {to:?}")));
            if *to != Assignment::Manual {
                wanted.push(format!("lost, then the same agent by {to:?}"));
                wanted.push(format!("lost, then somebody else by {to:?}"));
                wanted.push(format!("lost without an agent, then assigned by {to:?}"));
            }
        }
        let missing: Vec<_> = wanted.iter().filter(|what| !self.counts.contains_key(*what)).collect();
        assert!(missing.is_empty(), "the random desks no longer bring about {missing:?}");
    }
}

/// What is seen under `most` alone.
const OF_MOST: [&str; 17] = [
    "most: more than in order",
    "most: others than in order",
    "matched by RoundRobin",
    "matched by LeastLoaded",
    "matched by LeastRecent",
    "matched by RoundRobin, shared",
    "matched by a team that helps",
    "matched, and taken from its holder",
    "matched, though it prefers somebody",
    "matched, and lost before",
    "a bottleneck of several classes",
    "a bottleneck of several classes without room",
    "a bottleneck of several agents",
    "a bottleneck without agents",
    "a bottleneck with room for some",
    "a bottleneck of several teams",
    "several bottlenecks",
];

/// Returns the teams that share the rotation of a team, itself among them, those that are manual aside.
fn works_with<'a, 'b>(
    snapshot: &'a Snapshot<'b>,
    team: &'a Team<'_>,
) -> impl Iterator<Item = &'a Team<'b>> + 'a {
    let shares =
        |other: &&Team<'_>| other.assignment != Assignment::Manual && rotation_of(other) == rotation_of(team);
    snapshot.teams.iter().filter(shares)
}

/// Returns how a set is written: whole, or as the difference from another one that has more seats, fewer or others.
fn kind_of(cursor: &Cursor<'_>, n: usize) -> &'static str {
    let seats = |n| decode(&cursor.sets, n).expect("the set is there");
    let Some(from) = cursor.sets[n].from else { return "a set written whole" };
    let (other, set) = (seats(usize::try_from(from).expect("small")), seats(n));
    match (other.iter().all(|seat| set.contains(seat)), set.iter().all(|seat| other.contains(seat))) {
        (_, true) => "a set written as one with fewer",
        (true, _) => "a set written as one with more",
        (false, false) => "a set written as one with others",
    }
}

fn is_saturated(cursor: &Cursor<'_>) -> bool {
    let at_bound = |owed: i64| owed.unsigned_abs() == evenhand::MAX_INTEGER;
    cursor.turns.iter().any(|turn| turn.owed.is_some_and(at_bound))
}
