//! The agents' accounts: what each holds and may hold, in all and by channel, and the limits that teams set for them.

use super::records::{MAX_MEMBER_CHANNELS, Numbers, People, number};
use super::{Agent, AgentChannel, ChannelId, Counter, Step, Team};
use crate::error::{Error, ErrorKind};
use crate::ids::{half, pair, parts};
use crate::snapshot::{MAX_LOAD, Objective, Snapshot};
use alloc::vec::Vec;

/// As many looks as a limit that a team sets for an agent takes before anything is planned.
pub(super) const STEP: u64 = 3;

/// The agents and what they hold.
pub(super) struct Accounts {
    pub(super) agents: Vec<Agent>,
    /// All loads that are counted.
    pub(super) loads: Vec<Option<u32>>,
    pub(super) channels: Vec<AgentChannel>,
    pub(super) steps: Vec<Step>,
}

/// Returns the agents and what they hold.
///
/// # Errors
///
/// `LimitExceeded`, where teams set too many limits for them.
pub(super) fn accounts(
    snapshot: &Snapshot<'_>,
    teams: &[Team],
    people: &People<'_, '_>,
    numbers: &Numbers<'_>,
    profile_of: &[usize],
) -> Result<Accounts, Error> {
    let mut loads: Vec<_> = snapshot.agents.iter().map(|agent| agent.load).collect();
    let mut channels = Vec::new();
    let team_limits = team_limits(snapshot, teams, people);
    let mut team_limits = team_limits.chunk_by(|one, other| parts(*one)[0] == parts(*other)[0]).peekable();
    let mut limits_of = Vec::with_capacity(snapshot.agents.len());
    let agents = snapshot.agents.iter().zip(profile_of).zip(0..).map(|((agent, &profile), place)| {
        limits_of.push(team_limits.next_if(|limits| parts(limits[0])[0] == place).unwrap_or_default());
        let from = channels.len();
        let known = agent.channels.iter().zip(0..);
        let known = known.filter_map(|(own, at)| Some(pair(number(&numbers.channels, &own.channel)?, at)));
        let mut known: Vec<u64> = known.collect();
        known.sort_unstable();
        for [channel, at] in known.into_iter().map(parts) {
            let own = &agent.channels[at as usize];
            let counter = Counter::new(loads.len());
            loads.push(own.load);
            let capacity = own.capacity.unwrap_or(MAX_LOAD);
            channels.push(AgentChannel { channel: ChannelId(channel), counter, capacity, steps: 0..0 });
        }
        Agent {
            capacity: agent.capacity.unwrap_or(MAX_LOAD),
            new_limit: agent.load.unwrap_or(0).saturating_add(agent.max_new.unwrap_or(u32::MAX)),
            profile,
            channels: from..channels.len(),
            steps: 0..0,
        }
    });
    let mut agents: Vec<_> = agents.collect();
    let mut steps = Vec::new();
    let of_channels = loads[snapshot.agents.len()..].to_vec();
    for ((agent, limits), number) in agents.iter_mut().zip(limits_of).zip(0..) {
        // What is no lower than the limit around it is never reached first.
        let below = |around: u32| &limits[..limits.partition_point(|&limit| parts(limit)[1] < around)];
        let mut add = |around: u32, load: Option<u32>| {
            let from = steps.len();
            for limit in below(around).iter().map(|&limit| parts(limit)[1]) {
                steps.push(Step { limit, counter: Counter::new(loads.len()) });
                loads.push(load);
            }
            from..steps.len()
        };
        agent.steps = add(agent.capacity, snapshot.agents[number].load);
        few_steps(agent.steps.end)?;
        for own in &mut channels[agent.channels.clone()] {
            own.steps = add(own.capacity, of_channels[own.counter.place() - snapshot.agents.len()]);
            few_steps(own.steps.end)?;
        }
    }
    Ok(Accounts { agents, loads, channels, steps })
}

/// Returns the limits of the teams of each agent, where the plan is judged as a whole: pairs of both, ascending, each once.
fn team_limits(snapshot: &Snapshot<'_>, teams: &[Team], people: &People<'_, '_>) -> Vec<u64> {
    let mut limits = Vec::new();
    if snapshot.objective == Objective::Most {
        let mut agents = people.of_members.iter();
        for (record, team) in snapshot.teams.iter().zip(teams) {
            let limited = team.max_load < MAX_LOAD && team.is_ours();
            let listed = agents
                .by_ref()
                .take(record.members.len())
                .filter(|agent| agent.place() < snapshot.agents.len());
            limits.extend(listed.filter(|_| limited).map(|agent| pair(half(agent.place()), team.max_load)));
        }
        limits.sort_unstable();
        limits.dedup();
    }
    limits
}

fn few_steps(found: usize) -> Result<(), Error> {
    if found <= MAX_MEMBER_CHANNELS {
        return Ok(());
    }
    let detail = format_args!(
        "expected at most {MAX_MEMBER_CHANNELS} different limits that teams set, each counted once for each agent and channel of \
         theirs, found more; give teams fewer different `max_load`, or ask `in_order`"
    );
    Err(Error::new(ErrorKind::LimitExceeded, &"/teams", &detail))
}
