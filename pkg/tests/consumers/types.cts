// The same types by require.
import evenhand = require("evenhand");

const answer: evenhand.Plan = evenhand.plan({ version: 1, agents: [], teams: [], conversations: [] });
const why: evenhand.WaitReason | undefined = answer.waiting[0]?.why;
try {
  evenhand.planJson("{");
} catch (error) {
  if (error instanceof evenhand.EvenhandError) {
    console.log(error.code, error.path, why);
  }
}

import web = require("evenhand/web");
web.init(new URL("https://example.org/evenhand.wasm")).then(() => web.plan({ version: 1, agents: [], teams: [], conversations: [] }));
