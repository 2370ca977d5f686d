//! Who may take a conversation: the first gate that a member fails.

use crate::desk::{AgentId, ChannelId, ClassId, Counter, Desk, Member, Step, TeamId};
use crate::limits::Loads;
use crate::plan::{Gate, PassedOver, WaitReason};
use crate::snapshot::MAX_LOAD;
use alloc::vec::Vec;

/// From what loads on an agent is full for the conversations of a channel in a team.
///
/// The one list of what makes somebody full. The limits of an agent are a tree: what a team measures lies in a
/// channel, and the channels in the whole.
pub(crate) struct Limits<'d> {
    whole: Counter,
    capacity: u32,
    /// The load of the channel; the whole one where the agent does not list it.
    measured: Counter,
    channel: u32,
    /// That of the team, where it counts what is there at the moment;
    team: u32,
    /// or those of the team and of all that are no lower, where it counts what such teams give in the whole plan. The first is full
    /// once any of them is.
    pub(crate) steps: &'d [Step],
    new: u32,
}

impl<'d> Limits<'d> {
    pub(crate) fn new(desk: &'d Desk, team: TeamId, agent: AgentId, channel_id: Option<ChannelId>) -> Self {
        let (team, of) = (&desk.teams[team.place()], &desk.agents[agent.place()]);
        let whole = Counter::of(agent);
        let legacy = team.is_legacy();
        // The legacy rules know neither channels nor `max_new`.
        let own = desk.channel_of(agent, channel_id.filter(|_| !legacy));
        let (measured, channel) = own.map_or((whole, MAX_LOAD), |own| (own.counter, own.capacity));
        let new = if legacy { MAX_LOAD } else { of.new_limit };
        let steps = if desk.most && !legacy { desk.steps(agent, channel_id, team.max_load) } else { &[] };
        let team = if steps.is_empty() { team.max_load } else { MAX_LOAD };
        Self { whole, capacity: of.capacity, measured, channel, team, steps, new }
    }

    /// Returns the first gate that an agent with such loads fails.
    fn failed(&self, loads: &Loads) -> Option<Gate> {
        let (Some(whole), Some(measured)) = (loads.of(self.whole), loads.of(self.measured)) else {
            return Some(Gate::LoadUnknown);
        };
        // Whoever has the largest load there is is full, whatever the limits.
        if whole >= self.capacity {
            Some(Gate::AgentFull)
        } else if measured >= self.channel {
            Some(Gate::ChannelFull)
        } else if measured >= self.team || self.steps.first().is_some_and(|&step| loads.is_full(step)) {
            Some(Gate::TeamFull)
        } else {
            (whole >= self.new).then_some(Gate::NewLimit)
        }
    }

    /// Returns from what load on the agent is full: by the whole load, and by that of the channel, which may be the same.
    pub(crate) fn least(&self) -> [(Counter, u32); 2] {
        let own = self.channel.min(self.team);
        let whole = self.capacity.min(self.new);
        [(self.whole, if self.measured == self.whole { whole.min(own) } else { whole }), (self.measured, own)]
    }
}

/// Returns the first gate that a member of a team fails at this moment for the conversations of a class, or `None` for a candidate.
pub(crate) fn failed_gate(
    desk: &Desk,
    class: ClassId,
    team: TeamId,
    member: Member,
    loads: &Loads,
) -> Option<Gate> {
    let class = &desk.classes[class.place()];
    let nobody = nobody(desk, member);
    if nobody.is_some() {
        return nobody;
    }
    if class.excluded.binary_search(&member.agent).is_ok() {
        return Some(Gate::Excluded);
    }
    if !desk.qualifies(desk.agents[member.agent.place()].profile, class.needs) {
        return Some(Gate::LacksSkill);
    }
    if class.held_for.as_ref().is_some_and(|held_for| held_for.binary_search(&member.agent).is_err()) {
        return Some(Gate::HeldForOther);
    }
    unable(desk, team, member, class.channel, loads)
}

/// Returns whether a member of a team may take the conversations of a class as far as they have room.
pub(crate) fn may_take(desk: &Desk, class: ClassId, team: TeamId, member: Member, loads: &Loads) -> bool {
    failed_gate(desk, class, team, member, loads).is_none_or(Gate::is_a_limit)
}

/// Returns the gate that nobody fails who could ever take something from the team.
fn nobody(desk: &Desk, member: Member) -> Option<Gate> {
    if member.agent.place() >= desk.agents.len() {
        return Some(Gate::UnknownAgent);
    }
    (member.weight == 0).then_some(Gate::ZeroWeight)
}

/// Returns the first gate that a member fails at this moment for whatever comes by a channel, whoever is qualified; `None` for
/// somebody at work.
pub(crate) fn unfit(
    desk: &Desk,
    team: TeamId,
    member: Member,
    channel: Option<ChannelId>,
    loads: &Loads,
) -> Option<Gate> {
    nobody(desk, member).or_else(|| unable(desk, team, member, channel, loads))
}

fn unable(
    desk: &Desk,
    team: TeamId,
    member: Member,
    channel: Option<ChannelId>,
    loads: &Loads,
) -> Option<Gate> {
    if member.rank.is_none() {
        return Some(Gate::Unavailable);
    }
    Limits::new(desk, team, member.agent, channel).failed(loads)
}

/// Counts, in the order of the gates, how many members each gate holds back.
pub(crate) fn passed_over(failed: impl Iterator<Item = Gate>) -> Vec<PassedOver> {
    let mut counts = [0; Gate::ALL.len()];
    for gate in failed {
        counts[gate as usize] += 1;
    }
    let counts = Gate::ALL.iter().zip(counts).filter(|&(_, members)| members > 0);
    counts.map(|(&why, members)| PassedOver { why, members }).collect()
}

/// Returns why a conversation without a candidate waits, `held` or not: the code of the gate nearest to success.
pub(crate) fn wait_reason(failed: impl Iterator<Item = Gate>, held: bool) -> WaitReason {
    match failed.max_by_key(|&gate| gate as usize) {
        None | Some(Gate::UnknownAgent | Gate::ZeroWeight) => WaitReason::NoMembers,
        Some(Gate::Excluded | Gate::LacksSkill) => WaitReason::NobodyQualified,
        Some(_) if held => WaitReason::Held,
        Some(Gate::HeldForOther | Gate::Unavailable) => WaitReason::NobodyAvailable,
        Some(Gate::LoadUnknown) => WaitReason::LoadUnknown,
        Some(Gate::AgentFull | Gate::ChannelFull | Gate::TeamFull | Gate::NewLimit) => WaitReason::AllFull,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Agent, Channel, Conversation, Member, Need, Skill, Snapshot, Team};
    use alloc::vec;

    /// Returns the gate at which the member fails for the only conversation, after `change`.
    fn gate(change: impl FnOnce(&mut Snapshot<'static>)) -> Option<Gate> {
        let mut snapshot = Snapshot {
            agents: vec![Agent {
                id: "a".into(),
                availability: "online".into(),
                load: Some(3),
                ..Agent::default()
            }],
            teams: vec![Team {
                id: "t".into(),
                max_load: Some(4),
                members: vec![Member { agent: "a".into(), ..Member::default() }],
                ..Team::default()
            }],
            conversations: vec![Conversation { id: "c".into(), team: "t".into(), ..Conversation::default() }],
            ..Snapshot::default()
        };
        change(&mut snapshot);
        let desk = Desk::new(&snapshot).expect("the snapshot is valid");
        let team = TeamId::new(0);
        failed_gate(&desk, desk.queue[0], team, desk.members(team)[0], &Loads::new(&desk, 1))
    }

    #[test]
    fn a_member_is_passed_over_by_the_first_gate_that_they_fail() {
        type Change = fn(&mut Snapshot<'static>);
        // From the last gate to the first: each is failed beside all those after it.
        let changes: [(Gate, Change); 11] = [
            (Gate::NewLimit, |desk| desk.agents[0].max_new = Some(0)),
            (Gate::TeamFull, |desk| desk.teams[0].max_load = Some(2)),
            (Gate::ChannelFull, |desk| {
                desk.conversations[0].channel = Some("mail".into());
                let mail = Channel { channel: "mail".into(), load: Some(2), capacity: Some(2) };
                desk.agents[0].channels = vec![mail];
            }),
            (Gate::AgentFull, |desk| desk.agents[0].capacity = Some(3)),
            (Gate::LoadUnknown, |desk| desk.agents[0].channels[0].load = None),
            (Gate::Unavailable, |desk| desk.agents[0].availability = "away".into()),
            (Gate::HeldForOther, |desk| {
                let known = desk.agents[0].clone();
                desk.agents.push(Agent { id: "b".into(), ..known });
                let member = desk.teams[0].members[0].clone();
                desk.teams[0].members.push(Member { agent: "b".into(), ..member });
                desk.conversations[0].preferred = vec!["b".into()];
                desk.conversations[0].hold_for = Some(1);
            }),
            (Gate::LacksSkill, |desk| {
                let skill = |level| vec![Skill { skill: "german".into(), level }];
                (desk.agents[0].skills, desk.agents[1].skills) = (skill(1), skill(2));
                desk.conversations[0].needs =
                    vec![Need { skill: "german".into(), level: 2, ..Need::default() }];
            }),
            (Gate::Excluded, |desk| desk.conversations[0].excluded = vec!["a".into()]),
            (Gate::ZeroWeight, |desk| desk.teams[0].members[0].weight = 0),
            (Gate::UnknownAgent, |desk| _ = desk.agents.remove(0)),
        ];
        assert_eq!(gate(|_| ()), None);
        for count in 1..=changes.len() {
            let found = gate(|desk| changes[..count].iter().for_each(|(_, change)| change(desk)));
            assert_eq!(found, Some(changes[count - 1].0));
        }
    }

    #[test]
    fn a_team_measures_the_channel_that_an_agent_lists_and_else_the_whole_load() {
        let listed = |listed: bool, max_load| {
            gate(|desk| {
                desk.conversations[0].channel = Some("mail".into());
                desk.teams[0].max_load = Some(max_load);
                let load = Channel { channel: "mail".into(), load: Some(1), capacity: None };
                desk.agents[0].channels = if listed { vec![load] } else { vec![] };
            })
        };
        assert_eq!([1, 2].map(|most| listed(true, most)), [Some(Gate::TeamFull), None]);
        assert_eq!([3, 4].map(|most| listed(false, most)), [Some(Gate::TeamFull), None]);
    }

    #[test]
    fn a_team_waits_for_the_gate_nearest_to_success() {
        let gates =
            [Gate::ZeroWeight, Gate::LacksSkill, Gate::Unavailable, Gate::LoadUnknown, Gate::AgentFull];
        let whys =
            |held| [0, 1, 2, 3, 4, 5].map(|count| wait_reason(gates.into_iter().take(count), held).code());
        let none = ["no_members", "no_members", "nobody_qualified"];
        assert_eq!(whys(false)[..3], none);
        assert_eq!(whys(true)[..3], none);
        assert_eq!(whys(false)[3..], ["nobody_available", "load_unknown", "all_full"]);
        assert_eq!(whys(true)[3..], ["held"; 3]);
    }

    #[test]
    fn counts_stand_in_the_order_of_the_gates() {
        let counts = passed_over([Gate::TeamFull, Gate::Unavailable, Gate::TeamFull].into_iter());
        let row = |why, members| PassedOver { why, members };
        assert_eq!(counts, vec![row(Gate::Unavailable, 1), row(Gate::TeamFull, 2)]);
    }
}
