/** Factors that the operator has named, checked as a whole and ordered so that each stands behind those it refers to. */
import { PERIODS, periodOf } from '../periods.js';
import { isColumn, namesIn } from './compiler.js';
import { FactorError } from './factor-error.js';
import { FactorProgram } from './factor-program.js';
import { STANDARD_NAMES, STANDARD_PERIODS } from './factor-stream.js';
import { FUNCTIONS } from './functions.js';
import { parse, type Expression } from './parser.js';

export interface FactorDefinition {
  readonly name: string;
  readonly expression: string;
  /** Names of PERIODS; those of the standard factors when left out. */
  readonly periods?: readonly string[] | undefined;
}

export const FACTORS_MAX = 64;
const NAME = /^[A-Za-z]\w{0,63}$/;
/** Another way of working them out begins with another number: what was remembered before means nothing then. */
const FORMAT = 1;

interface Factor {
  readonly name: string;
  readonly expression: string;
  readonly tree: Expression;
  readonly periods: readonly number[];
  /** Names of other factors of the set that it refers to. */
  readonly needs: readonly string[];
}

export class FactorSet {
  /** By the place of the period in PERIODS; periods without factors of their own have none. */
  readonly programs: ReadonlyMap<number, FactorProgram>;
  private readonly factors: readonly Factor[];

  /** Throws FactorError, which says in one sentence what is wrong. */
  constructor(readonly definitions: readonly FactorDefinition[] = []) {
    if (definitions.length > FACTORS_MAX) throw new FactorError(`There may be ${FACTORS_MAX} factors, not ${definitions.length}.`);
    const names = new Set<string>();
    for (const { name } of definitions) checkName(name, names);
    this.factors = ordered(definitions.map((definition) => read(definition, names)));
    this.programs = new Map(
      PERIODS.flatMap((_, period) => {
        const own = this.factors.filter(({ periods }) => periods.includes(period));
        return own.length === 0 ? [] : [[period, new FactorProgram(own)] as const];
      }),
    );
  }

  /** Says of a period what its factors are: what was remembered under another key is of no use. */
  key(period: number): string {
    const own = this.factors.filter(({ periods }) => periods.includes(period)).map(({ name, expression }) => [name, expression]);
    return own.length === 0 ? '' : JSON.stringify([FORMAT, own]);
  }
}

function checkName(name: string, names: Set<string>): void {
  if (!NAME.test(name))
    throw new FactorError(`A factor's name is a letter and up to 63 letters, digits or _ behind it, not ${JSON.stringify(name)}.`);
  const isStandard = STANDARD_NAMES.some((each) => each.split('.')[0] === name);
  if (isStandard || isColumn(name) || FUNCTIONS.has(name)) {
    const what = isStandard ? 'a factor that is always there' : isColumn(name) ? 'a column of bars' : 'a function';
    throw new FactorError(`Factor ${name}: the name is taken by ${what}.`);
  }
  if (names.has(name)) throw new FactorError(`Factor ${name} is defined twice.`);
  names.add(name);
}

function read({ name, expression, periods }: FactorDefinition, names: ReadonlySet<string>): Factor {
  try {
    const tree = parse(expression);
    const needs = [...new Set(namesIn(tree))].filter((each) => names.has(each));
    return { name, expression, tree, needs, periods: periods === undefined ? STANDARD_PERIODS : periods.map(periodPlace) };
  } catch (error) {
    throw error instanceof FactorError ? new FactorError(`Factor ${name}: ${error.message}`) : error;
  }
}

function periodPlace(text: string): number {
  const place = periodOf(text);
  if (place !== -1 && PERIODS[place].name === text) return place;
  throw new FactorError(`there is no period ${JSON.stringify(text)}; there are ${PERIODS.map((each) => each.name).join(', ')}`);
}

/** Each behind those it refers to, otherwise as they came. */
function ordered(factors: readonly Factor[]): Factor[] {
  const byName = new Map(factors.map((factor) => [factor.name, factor]));
  const done = new Set<Factor>();
  const visit = (factor: Factor, path: readonly Factor[]): void => {
    if (done.has(factor)) return;
    const ring = path.indexOf(factor);
    if (ring !== -1) {
      const names = [...path.slice(ring), factor].map(({ name }) => name);
      throw new FactorError(`Factors refer to each other in a ring: ${names.join(' → ')}.`);
    }
    for (const need of factor.needs) {
      const other = byName.get(need)!;
      const missing = factor.periods.find((period) => !other.periods.includes(period));
      if (missing !== undefined)
        throw new FactorError(`Factor ${factor.name} is for ${PERIODS[missing].name}, but ${need}, which it refers to, is not.`);
      visit(other, [...path, factor]);
    }
    done.add(factor);
  };
  for (const factor of factors) visit(factor, []);
  return [...done];
}
