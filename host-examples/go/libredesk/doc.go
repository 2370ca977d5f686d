// Package libredesk takes the place of Libredesk's autoassigner: the same New, Run and Close on the same managers, with Evenhand's
// decisions. MIGRATION.md beside this file says how to switch, what changes, and how to go back; [Shadow] shows the difference before.
//
// It imports none of Libredesk's packages. [Teams] and [Claiming] (or [Updating], before v2.4.0 of June 2026) make its managers readable, of
// whatever version they are, by functions that pick the fields out of its models.
//
// # What a tick asks of the stores
//
// One call for the teams, one for the members of each team that is set to "Round robin", one for the conversations that wait, one for each
// agent who may be needed (or one for all, where the manager is a [BulkCounter]), and for each conversation that is assigned one, or two where
// its team has a limit: a count of what its agent holds by now, and the write. The optional [Prioritizer], [Preferrer], [Needer] and [Skiller]
// are asked once. A [CursorStore] is written to once or twice, and a [SharedCursorStore] read and locked. However many conversations
// wait, nothing else grows.
//
// Where a count says that an agent has no room any more, the tick goes on with the others, and then reads and plans once more, up to four
// times in all: what could not be given to one goes to another, in the place in the queue that it had.
//
// # What goes wrong
//
// A store that fails or panics while the desk is read ends the tick: nothing was decided, the next one tries again. Where the members of
// a team cannot be read, that team waits; where an agent cannot be counted, that agent is passed over. A write that fails stops no other
// write. The turn of one that came too late is given back in the next plan, and so is that of one that failed, where the conversation still waits
// then: Libredesk's manager reports an error also where it has assigned the conversation and a notification failed. What was not tried, since
// the server stops or the process ended, is given back as if it had not been planned.
//
// A conversation that was not written comes after all others in the next plan, and for longer with each loss in a row: in 1, 2, 4 and up
// to 64 plans more. So one that cannot be written keeps nobody else waiting, and where there is room for all it is tried in every tick.
package libredesk
