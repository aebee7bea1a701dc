/** What the operators' tools have in common: flags, help, how they print, where they stop. */
import { type Flags, readFlags, UsageError, type FlagTypes } from '../args.js';
import { ProgressBar } from '../progress-bar.js';
import { reported } from '../support/reported.js';

export interface Tool {
  help: string;
  flags: FlagTypes;
  /** Resolves to the exit code. */
  run(flags: Flags, out: Output): Promise<number>;
}

/** Runs a tool; `--help` and `--json` are everybody's. */
export function runTool(tool: Tool, args: readonly string[]): Promise<number> {
  // Ends by `exit`, so that what was made for the time of the run is taken away.
  process.once('SIGINT', () => process.exit(130));
  // `inspect ... | head` closes the pipe when it has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return reported(async () => {
    if (args.includes('--help')) {
      process.stdout.write(tool.help);
      return 0;
    }
    const flags = readFlags(args, { ...tool.flags, json: 'boolean', help: 'boolean' }, true);
    return await tool.run(flags, new Output(flags.has('json')));
  });
}

/** What stands on the command line in that place. */
export function positional(flags: Flags, index: number, name: string): string {
  const text = flags.positionals[index];
  if (text === undefined || text === '') throw new UsageError(`${name} is missing (--help shows how to call it).`);
  return text;
}

/** A place in the log, from 0. */
export function sequenceOf(text: string, name: string): number {
  const sequence = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(sequence) || sequence < 0)
    throw new UsageError(`${name} must be a whole number, not '${text}'.`);
  return sequence;
}

/** Of a flag; `fallback` when it was not given. */
export function sequenceFlag(flags: Flags, name: string, fallback: number): number {
  return flags.has(name) ? sequenceOf(flags.string(name, ''), `--${name}`) : fallback;
}

export type Row = readonly (string | number)[];

/** Text for people, coloured on a terminal only; or one JSON value for programs. */
export class Output {
  private readonly colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;

  constructor(readonly json: boolean) {}

  /** Prints `value` for programs, or what `render` prints for people. */
  show(value: unknown, render: () => void): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    else render();
  }

  /** One line of JSON Lines, or of text. */
  line(value: unknown, text: () => string): void {
    process.stdout.write(`${this.json ? JSON.stringify(value) : text()}\n`);
  }

  text(text = ''): void {
    process.stdout.write(`${text}\n`);
  }

  title(text: string): void {
    this.text(`\n${this.bold(text)}`);
  }

  /** Names and what they are. */
  pairs(pairs: readonly Row[]): void {
    const width = Math.max(0, ...pairs.map(([name]) => String(name).length));
    for (const [name, ...values] of pairs) this.text(`  ${this.dim(String(name).padEnd(width))}  ${values.map(cell).join('  ')}`);
  }

  /** Columns as wide as they must be; numbers to the right. */
  table(head: readonly string[], rows: readonly Row[]): void {
    const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => cell(row[column] ?? '').length)));
    const line = (row: Row): string =>
      row
        .map((value, column) => (typeof value === 'number' ? cell(value).padStart(widths[column]) : cell(value).padEnd(widths[column])))
        .join('  ');
    this.text(`  ${this.dim(line(head))}`);
    for (const row of rows) this.text(`  ${line(row)}`);
  }

  bold(text: string): string {
    return this.paint(1, text);
  }

  dim(text: string): string {
    return this.paint(2, text);
  }

  good(text: string): string {
    return this.paint(32, text);
  }

  bad(text: string): string {
    return this.paint(31, text);
  }

  /** On a terminal only, and on stderr: what is printed stays clean. */
  progress(label: string): ProgressBar {
    return new ProgressBar(label, process.stderr);
  }

  private paint(code: number, text: string): string {
    return this.colours ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/** Large numbers in groups of three. */
function cell(value: string | number): string {
  if (typeof value === 'string') return value;
  return value.toLocaleString('en-US', { maximumFractionDigits: 8 }).replaceAll(',', ' ');
}

/** ISO 8601 to the microsecond, UTC; '' for none. */
export function timeOf(timeUs: number): string {
  if (timeUs === 0) return '';
  const micros = String(timeUs % 1_000_000).padStart(6, '0');
  return `${new Date(Math.floor(timeUs / 1000)).toISOString().slice(0, 19)}.${micros}Z`;
}
