/** `qaexchange demo`: starts a private exchange and lets two traders walk the core flow on it. */
import { readFlags } from './args.js';
import { Narrator } from './demo/narrator.js';
import { tellStory } from './demo/story.js';
import { startChildServer } from './support/child-server.js';
import { reported } from './support/reported.js';

const HELP = `Usage: npm run demo [-- --json]

Starts a private exchange on a free port with a temporary folder, lets two traders register, deposit, trade, cancel and
close through the public interfaces, and compares every figure with the one it must be. Nothing is left behind.

  --json   prints the steps with all figures as one JSON object
  --help   this text

The exit code is 0 only if every figure is as expected.
`;

/** Gives the exit code. */
export async function demo(args: readonly string[]): Promise<number> {
  return await reported(async () => {
    const flags = readFlags(args, { json: 'boolean', help: 'boolean' });
    if (flags.has('help')) {
      process.stdout.write(HELP);
      return 0;
    }
    const narrator = new Narrator(flags.has('json') ? undefined : process.stdout);
    const failure = await play(narrator);
    const ok = failure === undefined && narrator.failures.length === 0;
    if (flags.has('json')) console.log(JSON.stringify({ ok, ...(failure === undefined ? {} : { failure }), steps: narrator.steps }));
    narrator.print(`\n${verdict(narrator, failure)}`);
    return ok ? 0 : 1;
  });
}

/** Gives what ended the story early, if something did. */
async function play(narrator: Narrator): Promise<string | undefined> {
  narrator.print('Starting a private exchange ...');
  const server = await startChildServer();
  narrator.print(`It runs at ${server.url}, its data lies in ${server.dataDir} and goes when the story ends.`);
  try {
    await tellStory(server.url, server.wsUrl, narrator);
    return undefined;
  } catch (error) {
    return `${(error as Error).message}${server.stderr() === '' ? '' : `\nThe exchange said:\n${server.stderr()}`}`;
  } finally {
    await server.stop();
  }
}

function verdict(narrator: Narrator, failure: string | undefined): string {
  if (failure !== undefined) return `The story ended early: ${failure}`;
  const wrong = narrator.failures.length;
  return wrong === 0
    ? `All ${narrator.checkCount} figures are as expected.`
    : `${wrong} of ${narrator.checkCount} figures are not as expected.`;
}
