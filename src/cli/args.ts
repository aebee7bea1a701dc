/** Flags of the subcommands: `--name value` and `--name`, checked by hand so that a wrong one gets one clear sentence. */
import { parseArgs } from 'node:util';

/** The command line is wrong; the message says how. Whoever runs the command prints it and exits with 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A `list` is a flag with a value that may be given several times. */
export type FlagTypes = Record<string, 'string' | 'boolean' | 'list'>;

type FlagValue = string | boolean | string[];

export class Flags {
  constructor(
    private readonly values: Readonly<Record<string, FlagValue | undefined>>,
    /** What stands on the command line without a flag. */
    readonly positionals: readonly string[],
  ) {}

  has(name: string): boolean {
    return this.values[name] !== undefined && this.values[name] !== false;
  }

  string(name: string, fallback: string): string {
    const value = this.values[name];
    return typeof value === 'string' ? value : fallback;
  }

  list(name: string): readonly string[] {
    const value = this.values[name];
    return Array.isArray(value) ? value : [];
  }

  number(name: string, fallback: number, min: number, max: number): number {
    if (!this.has(name)) return fallback;
    const text = this.string(name, '');
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max))
      throw new UsageError(`--${name} must be a number from ${min} to ${max}, not '${text}'`);
    return value;
  }

  wholeNumber(name: string, fallback: number, min: number, max: number): number {
    const value = this.number(name, fallback, min, max);
    if (!Number.isInteger(value)) throw new UsageError(`--${name} must be a whole number, not ${value}`);
    return value;
  }
}

/** Throws `UsageError` for a flag that is unknown or lacks its value. */
export function readFlags(args: readonly string[], types: FlagTypes, allowPositionals = false): Flags {
  const options = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, type === 'list' ? { type: 'string' as const, multiple: true } : { type }]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals });
    return new Flags(values as Record<string, FlagValue | undefined>, positionals);
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0]} (--help shows what there is)`);
  }
}
