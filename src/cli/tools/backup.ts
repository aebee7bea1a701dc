/** `qaexchange backup DATA_DIR TARGET`: a verified copy, also of a folder that an exchange runs on. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backupFolder, UnsoundCopy } from '../../storage/offline/backup.js';
import { checkHistoryFiles } from '../../query/verify-files.js';
import { DATABASES } from '../../storage/offline/folder-view.js';
import { positional, runTool, type Output, type Tool } from './tool.js';
import { printVerification, verifyBar } from './verify.js';

const HELP = `qaexchange backup: copy a data folder into a new one, and verify the copy

Usage: npm run backup -- DATA_DIR TARGET [--json]

An exchange may run on DATA_DIR and goes on trading: the copy is of one moment, its log ends at one event, and it is not
told or slowed down beyond the reading of its disk. Run it on the machine of the exchange, as the user who owns the folder.

TARGET must not exist or be empty. It appears only when everything is copied, verified and on disk; a backup that fails
leaves nothing behind. It holds the secrets of the exchange as well (keys of tokens and of sealed data): keep it safe.

  --json   print { sequence, state_hash, bytes, target, ... } instead
  --help   this text

Examples:
  npm run backup -- ./data /var/backups/qaexchange-monday
  npm run restore -- /var/backups/qaexchange-monday ./data-again
`;

export function backup(args: readonly string[]): Promise<number> {
  return runTool(TOOL, args);
}

const TOOL: Tool = {
  help: HELP,
  flags: {},
  async run(flags, out) {
    const dataDir = positional(flags, 0, 'DATA_DIR');
    const target = positional(flags, 1, 'TARGET');
    const copying = out.progress('copying                 ');
    const total = bytesOf(dataDir);
    const checking = verifyBar(out);
    try {
      const { description, rejected, bytes, verification } = await backupFolder(dataDir, target, {
        nowUs: Date.now() * 1000,
        checkParquet: checkHistoryFiles,
        // Compressed on disk and not in memory: near enough for a bar.
        onCopied: (copied) => copying.update(Math.min(1, copied / Math.max(1, total))),
        onVerify: (what, share) => {
          copying.done();
          checking.update(what, share);
        },
      });
      checking.done();
      const { sequence, state_hash } = description;
      out.show({ ok: true, target, sequence, state_hash, bytes, rejected_snapshots: rejected, checks: verification.checks }, () => {
        for (const each of rejected) out.text(`Snapshot ${each.sequence} was left out: ${each.reason}.`);
        out.text(`Backup of ${dataDir} up to event ${sequence} in ${target}, verified. State hash ${state_hash}.`);
      });
      return 0;
    } catch (error) {
      checking.done();
      return unsound(error, out);
    }
  },
};

/** Says what is damaged; throws everything else again. */
export function unsound(error: unknown, out: Output): number {
  if (!(error instanceof UnsoundCopy)) throw error;
  out.show({ ok: false, message: error.message, checks: error.verification.checks }, () => printVerification(error.verification, out));
  process.stderr.write(`${error.message}\n`);
  return 1;
}

/** 0 for what is no data folder; that is said later. */
function bytesOf(dataDir: string): number {
  let bytes = 0;
  for (const name of DATABASES) {
    const path = join(dataDir, 'db', name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    for (const file of readdirSync(path)) bytes += statSync(join(path, file), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
