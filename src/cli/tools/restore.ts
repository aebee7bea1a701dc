/** `qaexchange restore BACKUP DATA_DIR`: a backup becomes a data folder again. */
import { checkHistoryFiles } from '../../query/verify-files.js';
import { restoreBackup } from '../../storage/offline/backup.js';
import { unsound } from './backup.js';
import { positional, runTool, timeOf, type Tool } from './tool.js';
import { verifyBar } from './verify.js';

const HELP = `qaexchange restore: make a data folder of a backup

Usage: npm run restore -- BACKUP DATA_DIR [--json]

DATA_DIR must not exist or be empty, so no exchange can be running on it. The copy is verified and must end at the event
and in the state that the backup was made of; otherwise nothing is left behind. Then an exchange starts on it as usual.

  --json   print { ok, sequence, state_hash, data_dir, taken } instead
  --help   this text

Example:
  npm run restore -- /var/backups/qaexchange-monday ./data
  npm start
`;

export function restore(args: readonly string[]): Promise<number> {
  return runTool(TOOL, args);
}

const TOOL: Tool = {
  help: HELP,
  flags: {},
  async run(flags, out) {
    const backup = positional(flags, 0, 'BACKUP');
    const dataDir = positional(flags, 1, 'DATA_DIR');
    const checking = verifyBar(out);
    try {
      const { description } = await restoreBackup(backup, dataDir, checkHistoryFiles, (what, share) => checking.update(what, share));
      checking.done();
      const { sequence, state_hash } = description;
      const taken = timeOf(description.taken_us);
      out.show({ ok: true, data_dir: dataDir, sequence, state_hash, taken }, () => {
        out.text(`${dataDir} is as it was at event ${sequence}, verified. The backup was taken at ${taken}. State hash ${state_hash}.`);
        out.text(`Start the exchange on it: qaexchange start --data-dir ${dataDir}`);
      });
      return 0;
    } catch (error) {
      checking.done();
      return unsound(error, out);
    }
  },
};
