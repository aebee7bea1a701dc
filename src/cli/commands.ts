/** The subcommands of the program. Each is loaded only when it is run. */

export interface Command {
  name: string;
  meaning: string;
  /** Resolves to the exit code when the command has ended. */
  run(args: string[]): Promise<number>;
}

const COMMANDS: Command[] = [
  { name: 'start', meaning: 'run the exchange', run: async (args) => (await import('./start.js')).start(args) },
  {
    name: 'demo',
    meaning: 'two traders walk the core flow on a private exchange',
    run: async (args) => (await import('./demo.js')).demo(args),
  },
  { name: 'load', meaning: 'generate load against a running exchange', run: async (args) => (await import('./load/load.js')).load(args) },
  {
    name: 'bots',
    meaning: 'a simulated market on a running exchange',
    run: async (args) => (await import('./bots/bots.js')).bots(args),
  },
  {
    name: 'feed',
    meaning: 'replay a recorded order stream into a running exchange',
    run: async (args) => (await import('./feed/feed.js')).feed(args),
  },
  {
    name: 'conformance',
    meaning: 'hold the matching core against case files',
    run: async (args) => (await import('./conformance/conformance.js')).conformance(args),
  },
  { name: 'inspect', meaning: 'look into a data folder', run: async (args) => (await import('./tools/inspect.js')).inspect(args) },
  {
    name: 'replay',
    meaning: 'the state at any event, and what other rules would have made of the orders',
    run: async (args) => (await import('./tools/replay.js')).replay(args),
  },
  { name: 'verify', meaning: 'check everything in a data folder', run: async (args) => (await import('./tools/verify.js')).verify(args) },
  {
    name: 'backup',
    meaning: 'copy a data folder, also in use, and verify the copy',
    run: async (args) => (await import('./tools/backup.js')).backup(args),
  },
  { name: 'query', meaning: 'ask the history in SQL', run: async (args) => (await import('./tools/query.js')).query(args) },
  { name: 'restore', meaning: 'make a data folder of a backup', run: async (args) => (await import('./tools/restore.js')).restore(args) },
];

export function findCommand(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}

export function overview(): string {
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(12)} ${command.meaning}`);
  return [
    'qaexchange: a futures exchange',
    '',
    'Usage: qaexchange COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'qaexchange COMMAND --help explains a command.',
    '',
  ].join('\n');
}
