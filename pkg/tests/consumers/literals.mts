// Mistakes in the literal of a snapshot, each underlined where it is: `^` and the code of the compiler's error.
import { explain, plan, type Snapshot } from "evenhand";

const agents = [{ id: "ann", availability: "online", load: 2 }];
const conversations = [{ id: "c1", team: "billing" }];

plan({
  version: 1,
  agents: [{ id: "ann", availabilty: "online", load: 2 }],
  //                    ^ TS2561
  teams: [{ id: "billing", assignment: "round_robin", members: [{ agent: "ann" }] }],
  conversations: [{ id: "c1", team: "billing" }],
});
plan({
  version: 1,
  agents: [{ id: "ann", availability: true, load: 2 }, { id: "bob", availability: "away", load: "2" }],
  //                    ^ TS2322
  //                                                                                      ^ TS2322
  teams: [{ id: "billing", assignment: "round_robbin", members: [{ agent: "ann", wieght: 2 }] }],
  //                       ^ TS2820
  //                                                                             ^ TS2561
  conversations: [{ id: "c1", team: "billing", needs: [{ skill: "german", levl: 2 }], since: new Date() }],
  //                                                                      ^ TS2561
  //                                                                                  ^ TS2322
  cursors: [{ rotation: "billing", rule: "manual", turns: [] }],
  //                               ^ TS2322
});
plan({
  version: 1,
  agents: [{ id: "ann", load: 2 }],
  //       ^ TS2741
  teams: [],
  conversations: [],
});
plan({
  version: 2,
//^ TS2322
  agents,
  teams: [],
  conversations,
});
plan({ version: 1, agents, teams: [], conversations, objectiv: "most" });
//                                                   ^ TS2561
plan({ version: 1, agents, teams: [], conversations, objective: "more" });
//                                                   ^ TS2322
explain({ version: 1, agents, teams: [{ id: "billing", assignment: "manual", members: [{ agnt: "ann" }] }], conversations }, "c1");
//                                                                                       ^ TS2561
export const annotated: Snapshot = {
  version: 1,
  agents,
  teams: [{ id: "billing", assignment: "round_robin", members: [], max_laod: 3 }],
  //                                                               ^ TS2561
  conversations,
};
export const checked = {
  version: 1,
  agents,
  teams: [],
  conversations: [{ id: "c1", team: "billing", priority: "high" }],
  //                                           ^ TS2322
} satisfies Snapshot;
