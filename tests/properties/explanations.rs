//! Why a conversation goes where it goes: read beside the plan.

use super::{config, plan};
use crate::support::strategy::any_snapshots;
use evenhand::{Conversation, ExplainedMember, Explanation, MAX_INTEGER, Outcome, Snapshot};
use proptest::{prelude::*, sample::Index};
use std::collections::BTreeMap;

/// More conversations than this are not put behind one.
const MORE: u32 = 60;

proptest! {
    // Each asks for every conversation of its desk, and each answer is followed for a while.
    #![proptest_config(ProptestConfig { cases: config().cases / 5, ..config() })]

    #[test]
    fn an_explanation_has_the_decision_of_the_plan_and_every_member_once(snapshot in any_snapshots(), at in any::<Index>()) {
        let Some(conversation) = pick(&snapshot, at) else { return Ok(()) };
        let Explanation { decision, place, queue, lost, class, members, held_back: _ } = explain(&snapshot, conversation);
        let whole = plan(&snapshot);
        prop_assert_eq!(Some(&decision), whole.decisions.iter().find(|other| other.conversation == conversation.id));
        prop_assert!(1 <= place && place <= queue && queue as usize == whole.decisions.len());
        prop_assert_eq!(lost, snapshot.lost_claims.iter().any(|lost| lost.conversation == conversation.id));
        let asked = |team: &str| class.asked.iter().any(|asked| asked.team == team);
        let teams = snapshot.teams.iter().filter(|team| asked(&team.id));
        let mut expected: Vec<_> =
            teams.flat_map(|team| team.members.iter().map(|member| (&*team.id, &*member.agent))).collect();
        let mut found: Vec<_> = members.iter().map(|member| (member.team, member.agent)).collect();
        expected.sort_unstable();
        found.sort_unstable();
        prop_assert_eq!(found, expected);
        let rank = |member: &ExplainedMember<'_>| (member.gate.is_some(), member.position.unwrap_or(u32::MAX));
        prop_assert!(members.is_sorted_by_key(rank));
        prop_assert!(members.iter().all(|member| member.gate.is_none() || member.position.is_none()));
        if let Outcome::Assigned { agent, .. } = decision.outcome {
            let team = decision.by.unwrap_or(decision.team);
            prop_assert_eq!((members[0].agent, members[0].team, members[0].position), (agent, team, Some(1)));
        }
    }

    /// What waits at the end of a plan was passed over by the gates that the plan counts.
    #[test]
    fn whoever_waits_last_is_passed_over_by_the_gates_of_the_plan(snapshot in any_snapshots(), at in any::<Index>()) {
        let Some(conversation) = pick(&snapshot, at) else { return Ok(()) };
        let explanation = explain(&snapshot, conversation);
        let upto = served_until(&snapshot, conversation);
        let whole = plan(&upto);
        let Some(waiting) = whole.waiting.iter().find(|waiting| {
            // The first of its group, so that it is the one whose gates are counted.
            let first = whole.decisions.iter().find(|other| other.outcome.code() == waiting.why.code() && other.team == waiting.team);
            first.is_some_and(|first| first.conversation == conversation.id)
        }) else { return Ok(()) };
        let mut gates = BTreeMap::new();
        for member in explanation.members.iter().filter(|member| member.team == conversation.team) {
            if let Some(gate) = member.gate {
                *gates.entry(gate as usize).or_insert(0) += 1;
            }
        }
        let counted: BTreeMap<_, _> = waiting.passed_over.iter().map(|row| (row.why as usize, row.members)).collect();
        prop_assert_eq!(gates, counted);
    }

    #[test]
    fn positions_are_those_of_a_queue_of_more_like_it(snapshot in any_snapshots(), at in any::<Index>()) {
        // Those of lost claims are served after whatever comes.
        let Some(conversation) = pick(&snapshot, at) else { return Ok(()) };
        if snapshot.lost_claims.iter().any(|lost| lost.conversation == conversation.id) {
            return Ok(());
        }
        let explanation = explain(&snapshot, conversation);
        let mut longer = served_until(&snapshot, conversation);
        let before = longer.conversations.len() - 1;
        longer.conversations.extend((1..MORE).map(|n| Conversation { id: format!("more {n}").into(), ..conversation.clone() }));
        let longer = plan(&longer);
        let mut positions = BTreeMap::new();
        for (decision, position) in longer.decisions[before..].iter().zip(1_u32..) {
            if let Some(agent) = decision.outcome.agent() {
                positions.entry((decision.by.unwrap_or(decision.team), agent)).or_insert(position);
            }
        }
        let explained = explanation.members.iter();
        let explained = explained.filter_map(|member| Some(((member.team, member.agent), member.position.filter(|&at| at <= MORE)?)));
        prop_assert_eq!(explained.collect::<BTreeMap<_, _>>(), positions);
    }

    #[test]
    fn what_is_owed_is_that_of_the_cursor_of_a_plan_that_ends_before(snapshot in any_snapshots(), at in any::<Index>()) {
        let Some(conversation) = pick(&snapshot, at) else { return Ok(()) };
        let explanation = explain(&snapshot, conversation);
        let mut before = served_until(&snapshot, conversation);
        before.conversations.pop();
        let before = plan(&before);
        for asked in &explanation.class.asked {
            let team = snapshot.teams.iter().find(|team| team.id == asked.team).expect("it is there");
            let rotation = crate::support::shared::rotation_of(team);
            let cursor = before.cursors.iter().find(|cursor| cursor.rotation == rotation).expect("every one is opened");
            for member in explanation.members.iter().filter(|member| member.team == asked.team) {
                let owed = cursor.turns.iter().find(|turn| turn.agent == member.agent).and_then(|turn| turn.owed);
                let one = 5_354_228_880_i128;
                let rounded = |owed: i64| i64::try_from((2_000 * i128::from(owed) + one).div_euclid(2 * one)).expect("small");
                let is_legacy = crate::support::shared::is_legacy(team.assignment);
                prop_assert_eq!(member.owed, owed.map(|owed| if is_legacy { owed } else { rounded(owed) }));
                prop_assert!(owed.is_none_or(|owed| owed.unsigned_abs() <= MAX_INTEGER));
            }
        }
    }
}

fn pick<'s>(snapshot: &'s Snapshot<'static>, at: Index) -> Option<&'s Conversation<'static>> {
    let conversations = &snapshot.conversations;
    (!conversations.is_empty()).then(|| &conversations[at.index(conversations.len())])
}

fn explain<'a>(snapshot: &'a Snapshot<'_>, conversation: &Conversation<'_>) -> Explanation<'a> {
    evenhand::explain(snapshot, &conversation.id).expect("the snapshot is valid").expect("it is in the queue")
}

/// Returns the snapshot with a queue that ends with a conversation, in the order in which it is served.
fn served_until(snapshot: &Snapshot<'static>, last: &Conversation<'_>) -> Snapshot<'static> {
    let place = |conversation: &Conversation<'_>| explain(snapshot, conversation).place;
    let mut conversations = snapshot.conversations.clone();
    conversations.sort_by_key(place);
    let at = conversations.iter().position(|conversation| conversation.id == last.id).expect("it is there");
    conversations.truncate(at + 1);
    Snapshot { conversations, ..snapshot.clone() }
}
