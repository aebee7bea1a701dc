/** `qaexchange verify DATA_DIR`: whether everything in a data folder is what it should be. */
import type { ProgressBar } from '../progress-bar.js';
import { checkHistoryFiles } from '../../query/verify-files.js';
import { verifyFolder, type Progress, type Verification } from '../../storage/offline/verify.js';
import { positional, runTool, type Output, type Tool } from './tool.js';

const HELP = `qaexchange verify: check a data folder or a backup, from the bytes of its files to the books of the exchange

Usage: npm run verify -- DATA_DIR [--json]

It works on a copy of the moment (links where the file system has them), so the folder is not altered and an exchange may
go on running on it. Checked are:

  files      every byte of tables, logs and manifests against LevelDB's checksums
  log        every block: its checksum, its events, and that it follows the block before it
  snapshots  the content hash of each
  fold       all events of the log, folded from the earliest place there is: each snapshot on the way must be that state
  ledger     the equations of the books at the end
  history    finished orders, trades and documents against what the events say
  parquet    every file of the history for SQL: its rows, sums and events against its manifest

Prints what was looked at and the exact place of every damage. The exit code is 0 only if there is none.

  --json   print { ok, sequence, stateHash, checks: [{ name, looked, faults }] } instead
  --help   this text

Examples:
  npm run verify -- ./data
  npm run verify -- /var/backups/qaexchange-monday --json
`;

const LABELS: Readonly<Record<string, string>> = { files: 'files', log: 'log', snapshots: 'snapshots', fold: 'folding events' };

export function verify(args: readonly string[]): Promise<number> {
  return runTool(TOOL, args);
}

const TOOL: Tool = {
  help: HELP,
  flags: {},
  async run(flags, out) {
    const bar = verifyBar(out);
    const verification = await verifyFolder(positional(flags, 0, 'DATA_DIR'), checkHistoryFiles, (what, share) => bar.update(what, share));
    bar.done();
    out.show(verification, () => printVerification(verification, out));
    return verification.ok ? 0 : 1;
  },
};

/** A bar for each kind of check, on a terminal. */
export function verifyBar(out: Output): { update: Progress; done: () => void } {
  let current: { what: string; bar: ProgressBar } | undefined;
  return {
    update: (what, share) => {
      if (current?.what !== what) {
        current?.bar.done();
        current = { what, bar: out.progress(`checking ${(LABELS[what] ?? what).padEnd(14)}`) };
      }
      current.bar.update(share);
    },
    done: () => current?.bar.done(),
  };
}

export function printVerification({ ok, sequence, stateHash, checks }: Verification, out: Output): void {
  for (const { name, looked, faults } of checks) {
    const verdict = faults.length === 0 ? out.good('ok     ') : out.bad('DAMAGED');
    out.text(`  ${verdict}  ${out.bold(name.padEnd(9))}  ${looked}`);
    for (const fault of faults) out.text(`           ${fault}`);
  }
  const hash = stateHash === '' ? '' : `, state hash ${stateHash}`;
  out.text(
    ok
      ? `Everything is as it should be up to event ${sequence}${hash}.`
      : out.bad(`Damaged. The log can be trusted up to event ${sequence}.`),
  );
}
