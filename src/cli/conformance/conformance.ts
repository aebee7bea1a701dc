/** `qaexchange conformance FILE...`: holds the matching core against case files. */
import { access, constants, readFile, stat } from 'node:fs/promises';
import { readFlags, UsageError } from '../args.js';
import { reported } from '../support/reported.js';
import { CaseFileError, FEATURES, readCases, type RawCase } from './case-file.js';
import { runCase, type CaseResult } from './run-case.js';
import { runStream, type StreamResult } from './stream.js';

const HELP = `qaexchange conformance: run case files through the matching core

Usage: npm run conformance -- FILE... [--stream FILE] [--json] [--skip-feature NAME]

A case file says what an exchange must do with a list of steps; each case gets a book of its own, and the core that the
matching workers run decides. Prints a line per failed case and \`N passed, N failed\`; the exit code is 1 after a failure.

  --stream FILE        replay JSON Lines of steps through one book and check each line; may be given several times
  --json               print { passed, failed, skipped, cases: [{ file, name, ok, reason, expected, got }] } instead
  --skip-feature NAME  skip and count cases that ask for this feature; may be given several times
                       (known: ${FEATURES.join(', ')})
  --help               this text

A continuous case. Ids, prices (ticks) and quantities (lots) are whole numbers; an id may be used again when its order is gone:

  { "version": 1, "cases": [{ "name": "time decides at one price", "features": [],
    "steps": [ { "op": "limit", "id": 1, "side": "sell", "price": 100, "qty": 5, "tif": "GTC" },
               { "op": "limit", "id": 2, "side": "sell", "price": 100, "qty": 5, "tif": "GTC" },
               { "op": "market", "id": 3, "side": "buy", "qty": 7 } ],
    "expect": { "trades": [ { "maker": 1, "taker": 3, "price": 100, "qty": 5 }, { "maker": 2, "taker": 3, "price": 100, "qty": 2 } ],
                "bids": [], "asks": [[100, 3]], "rejected": [], "rejectedSteps": [], "expired": [] } }] }

  Steps     limit (tif GTC, IOC or FOK; postOnly, account, stp), market (account, stp), cancel (account), amend (qty, price, account).
            qty of amend is the new open quantity. stp is cancel-taker, cancel-maker or cancel-both; without it nothing is prevented.
  rejected  ids of rejected orders; an unfillable FOK is one. rejectedSteps: every rejected step, counted from 0.
  expired   id and lots of what IOC and market orders left, and of what self-trade prevention took.
  Prices may be negative unless the case has the feature positive-prices-only. A list that expect does not have is not compared.

A call auction (a file of "kind": "auction", or a case with a reference):

  { "name": "surplus of buyers", "reference": 98, "orders": [ { "id": 1, "side": "buy", "price": 100, "qty": 15 }, ... ],
    "expect": { "price": 100, "volume": 10, "imbalance": 5, "fills": [[1, 10], [2, 10]], "bids": [[100, 5]], "asks": [] } }

A line of a stream; an empty side is 9999999999 or -9999999999 with 0 lots:

  { "step": { "op": "limit", ... }, "trades": [ ... ], "bbo": [askPrice, askQty, bidPrice, bidQty] }

Example: npm run conformance -- test/conformance/*.json --stream test/conformance/sample-stream.jsonl
`;

interface Report {
  passed: number;
  failed: number;
  skipped: number;
  cases: CaseResult[];
  streams?: StreamResult[];
}

export function conformance(args: readonly string[]): Promise<number> {
  return reported(async () => {
    const flags = readFlags(args, { stream: 'list', json: 'boolean', 'skip-feature': 'list', help: 'boolean' }, true);
    if (flags.has('help')) {
      process.stdout.write(HELP);
      return 0;
    }
    const streamFiles = flags.list('stream');
    if (flags.positionals.length + streamFiles.length === 0)
      throw new UsageError('Name case files, or a stream with --stream (--help explains both).');
    // All files are read before the first case runs: a wrong one is told at once.
    const files = await Promise.all(flags.positionals.map(async (file) => ({ file, cases: readCases(file, await textOf(file)) })));
    const report = runCases(files, flags.list('skip-feature'));
    const streams: StreamResult[] = [];
    for (const file of streamFiles) streams.push(await runStream(await present(file)));
    if (streams.length > 0) report.streams = streams;
    process.stdout.write(flags.has('json') ? `${JSON.stringify(report, undefined, 2)}\n` : textReport(report));
    return report.failed > 0 || streams.some(({ ok }) => !ok) ? 1 : 0;
  });
}

export function runCases(files: readonly { file: string; cases: readonly RawCase[] }[], skipFeatures: readonly string[]): Report {
  const report: Report = { passed: 0, failed: 0, skipped: 0, cases: [] };
  for (const { file, cases } of files) {
    for (const raw of cases) {
      if (raw.features.some((feature) => skipFeatures.includes(feature))) {
        report.skipped++;
        continue;
      }
      const result = runCase(file, raw);
      if (result.ok) report.passed++;
      else report.failed++;
      report.cases.push(result);
    }
  }
  return report;
}

function textReport({ passed, failed, skipped, cases, streams = [] }: Report): string {
  const lines = cases.filter(({ ok }) => !ok).map(({ file, name, reason }) => `FAILED ${file}: ${name}: ${reason}`);
  for (const { file, lines: checked, different, firstDifference, stepsPerSecond } of streams) {
    lines.push(`${file}: ${checked} lines checked, ${different} differ, ${stepsPerSecond} steps per second`);
    if (firstDifference !== undefined) lines.push(`  first difference, ${firstDifference}`);
  }
  if (cases.length + skipped > 0 || streams.length === 0) {
    lines.push(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
  return `${lines.join('\n')}\n`;
}

async function textOf(file: string): Promise<string> {
  return await readFile(await present(file), 'utf8');
}

async function present(file: string): Promise<string> {
  try {
    await access(file, constants.R_OK);
    if ((await stat(file)).isFile()) return file;
  } catch {
    // said below
  }
  throw new CaseFileError(`${file} is not a file that can be read.`);
}
