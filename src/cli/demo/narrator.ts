/** Tells the demo as it happens, and compares every figure with the one it must be. */
export interface Check {
  readonly what: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly ok: boolean;
}

export interface Step {
  readonly title: string;
  readonly checks: Check[];
}

const WHAT_CHARS = 46;

export class Narrator {
  readonly steps: Step[] = [];
  private readonly bold: (text: string) => string;
  private readonly green: (text: string) => string;
  private readonly red: (text: string) => string;

  /** Without a stream nothing is printed; colours are for terminals only. */
  constructor(private readonly stream: NodeJS.WriteStream | undefined) {
    const colour = (code: number) => (text: string) => (stream?.isTTY === true ? `\x1b[${code}m${text}\x1b[0m` : text);
    this.bold = colour(1);
    this.green = colour(32);
    this.red = colour(31);
  }

  step(title: string): void {
    this.steps.push({ title, checks: [] });
    this.print(`\n${this.bold(`${this.steps.length}. ${title}`)}`);
  }

  say(text: string): void {
    this.print(`   ${text}`);
  }

  /** Figures are compared exactly: the exchange computes in whole 1/10000, so there is no rounding to forgive. */
  check(what: string, actual: unknown, expected: unknown): void {
    const ok = Object.is(actual, expected);
    this.steps.at(-1)!.checks.push({ what, expected, actual, ok });
    const verdict = ok ? this.green('ok ') : this.red('NOT');
    this.print(`   ${verdict} ${what.padEnd(WHAT_CHARS)} ${shown(actual)}${ok ? '' : this.red(`  expected ${shown(expected)}`)}`);
  }

  /** Several fields of one object. */
  checkFields(whose: string, actual: object, expected: Readonly<Record<string, unknown>>): void {
    const fields = actual as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries(expected)) this.check(`${whose} ${name.replaceAll('_', ' ')}`, fields[name], value);
  }

  get checkCount(): number {
    return this.steps.reduce((count, { checks }) => count + checks.length, 0);
  }

  get failures(): Check[] {
    return this.steps.flatMap(({ checks }) => checks.filter(({ ok }) => !ok));
  }

  print(text: string): void {
    this.stream?.write(`${text}\n`);
  }
}

function shown(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 6 });
  return typeof value === 'string' ? value : JSON.stringify(value);
}
