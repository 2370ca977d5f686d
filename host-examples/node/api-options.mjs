// The options of assigning through Libredesk's API.

import { InvalidArgumentError, Option } from 'commander';
import { openApi } from './api.mjs';
import { numberFrom, SECRETS, wholeNumberFrom } from './config.mjs';

export function addApiOptions(program) {
  program
    .addOption(new Option('--claim <way>', "how conversations are assigned: by a statement, or through Libredesk's API, so that people are told").choices(['sql', 'api']).default('sql'))
    .option('--api-url <url>', 'where Libredesk is, such as https://desk.example.com; the key of an agent is in EVENHAND_API_KEY and EVENHAND_API_SECRET', address)
    .option('--api-at-once <n>', 'how many requests to the API may be under way', wholeNumberFrom(1, 64), 4)
    .option('--api-timeout <seconds>', 'give a request to the API up after so long', numberFrom(0.1, 60), 5);
}

/** Returns the API of `settings`, where it is to assign; the sample desk has one of its own. Ends `command` where they do not suffice. */
export function apiOf({ claim, embedded, sql, apiUrl: url, apiAtOnce: atOnce, apiTimeout: timeout }, command, env = process.env) {
  if (claim !== 'api') return undefined;
  if (embedded && url !== undefined) command.error('error: --api-url needs DATABASE_URL: the sample desk has a stand-in for Libredesk of its own');
  if (embedded) return undefined;
  if (sql !== undefined) command.error("error: --claim api is for Libredesk, and --sql for desks that are none");
  if (url === undefined) command.error('error: --claim api needs --api-url');
  const { [SECRETS.key]: key, [SECRETS.secret]: secret } = env;
  if (!key || !secret) command.error(`error: --claim api needs the key of an agent in ${SECRETS.key} and ${SECRETS.secret}`);
  // The key would not go into a header, and Libredesk would take it apart at the wrong place.
  if (!/^[!-9;-~]+$/.test(key) || !/^[!-~]+$/.test(secret)) command.error(`error: ${SECRETS.key} and ${SECRETS.secret} must be as Libredesk showed them`);
  return openApi({ url, key, secret, timeout, atOnce });
}

function address(text) {
  const { protocol, username, search, hash } = URL.canParse(text) ? new URL(text) : {};
  if (!/^https?:$/.test(protocol) || username || search || hash) {
    throw new InvalidArgumentError('It must be a URL such as https://desk.example.com, without a password.');
  }
  return text;
}
