/** `npm run bench -- SUITE... [--smoke] [--json FILE]`: runs suites and prints their figures; without a suite, lists them. */
import { writeFile } from 'node:fs/promises';
import { readFlags, UsageError } from '../src/cli/args.js';
import { reported } from '../src/cli/support/reported.js';
import { diff } from './diff.js';
import { http } from './http.js';
import { fanout } from './fanout.js';
import { ledger } from './ledger.js';
import { market } from './market.js';
import { matching } from './matching.js';
import { orderFlow } from './order-flow.js';
import { query } from './query.js';
import { recovery } from './recovery.js';
import { replication } from './replication.js';
import { ring } from './ring.js';
import { wal } from './wal.js';
import { web } from './web.js';
import { commitName, machineFacts } from './support/machine.js';
import type { Suite, SuiteResult } from './support/suite.js';
import { tableOf } from './support/table.js';

const SUITES: readonly Suite[] = [orderFlow, matching, ring, ledger, wal, recovery, diff, http, market, fanout, replication, query, web];

const HELP = `Usage: npm run bench -- SUITE... [--smoke] [--json FILE]

  --smoke      a few seconds per suite, to see that it works
  --json FILE  writes the figures, one object per suite in an array
  --minutes N  how long the suite web watches the memory of a busy page
  --help       this text

Suites:
${SUITES.map(({ name, question }) => `  ${name.padEnd(14)} ${question}`).join('\n')}
`;

async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, { smoke: 'boolean', json: 'string', minutes: 'string', help: 'boolean' }, true);
  if (flags.has('help') || flags.positionals.length === 0) {
    process.stdout.write(HELP);
    return 0;
  }
  const suites = flags.positionals.map(suiteOf);
  const results: SuiteResult[] = [];
  for (const suite of suites) {
    const result = await run(suite, flags.has('smoke'), minutesOf(flags.string('minutes', '')));
    process.stdout.write(`${tableOf(result)}\n`);
    results.push(result);
  }
  if (flags.has('json')) await writeFile(flags.string('json', ''), `${JSON.stringify(results, undefined, 2)}\n`);
  return 0;
}

function suiteOf(name: string): Suite {
  const suite = SUITES.find((each) => each.name === name);
  if (suite === undefined) throw new UsageError(`there is no suite ${name}; there are: ${SUITES.map((each) => each.name).join(', ')}`);
  return suite;
}

function minutesOf(text: string): number | undefined {
  if (text === '') return undefined;
  const minutes = Number(text);
  if (!(minutes > 0)) throw new UsageError(`--minutes ${text}: not a number above 0`);
  return minutes;
}

async function run(suite: Suite, smoke: boolean, minutes: number | undefined): Promise<SuiteResult> {
  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${suite.name}: ${text}`);
  };
  const when = new Date().toISOString();
  try {
    return { suite: suite.name, when, commit: commitName(), machine: machineFacts(), rows: await suite.run({ smoke, progress, minutes }) };
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  }
}

process.exitCode = await reported(() => main(process.argv.slice(2)));
