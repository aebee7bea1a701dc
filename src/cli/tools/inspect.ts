/** `qaexchange inspect ...`: what lies in a data folder. */
import { UsageError } from '../args.js';
import { inspectFolder } from './inspect-folder.js';
import { inspectLog } from './inspect-log.js';
import { inspectSequence } from './inspect-sequence.js';
import { inspectSnapshot } from './inspect-snapshot.js';
import { EVENT_KINDS } from './event-view.js';
import { positional, runTool, type Tool } from './tool.js';

const HELP = `qaexchange inspect: look into a data folder or a backup, also while an exchange runs on it

Usage: npm run inspect -- DATA_DIR                         overview: databases, log, snapshots, history, who uses it
       npm run inspect -- log DATA_DIR [OPTIONS]           events of the log, one a line
       npm run inspect -- snapshot SEQUENCE DATA_DIR       accounts, positions, orders, instruments, users of a snapshot
       npm run inspect -- sequence SEQUENCE DATA_DIR       where an event lives: block, byte, snapshot before it, its fields

Nothing is altered: it reads a copy of the moment. Hashes of passwords and sealed data are never shown.

Options of log:
  --from S --to S   first and last event (default: the last 50 events)
  --kind K          only events of this kind; may be given several times
  --limit N         at most N events (default 1000)
  --blocks          the blocks instead of their events

  --json            JSON instead of text; one line per event or block for log
  --help            this text

Kinds: ${EVENT_KINDS.join(', ')}

Examples:
  npm run inspect -- ./data
  npm run inspect -- log ./data --from 1000 --to 1100 --kind Trade --kind OrderCancelled
  npm run inspect -- log ./data --blocks --limit 10 --json
  npm run inspect -- snapshot 52000 ./data
  npm run inspect -- sequence 52017 ./data
`;

export function inspect(args: readonly string[]): Promise<number> {
  return runTool(TOOL, args);
}

const TOOL: Tool = {
  help: HELP,
  flags: { from: 'string', to: 'string', kind: 'list', limit: 'string', blocks: 'boolean' },
  async run(flags, out) {
    const [what, ...rest] = flags.positionals;
    if (what === 'log' && rest.length > 0) return await inspectLog(positional(flags, 1, 'DATA_DIR'), flags, out);
    if (what === 'snapshot' && rest.length > 0) return await inspectSnapshot(positional(flags, 2, 'DATA_DIR'), rest[0], out);
    if (what === 'sequence' && rest.length > 0) return await inspectSequence(positional(flags, 2, 'DATA_DIR'), rest[0], out);
    if (rest.length > 0) throw new UsageError(`There is nothing called '${what}' to look into (--help shows what there is).`);
    return await inspectFolder(positional(flags, 0, 'DATA_DIR'), out);
  },
};
