/** Factors that the operator has named: a JSON list of names and expressions. */
import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { FactorSet, FACTORS_MAX, type FactorDefinition } from '../../core/market-data/factors/factor-set.js';
import { TEXT_MAX } from '../../core/market-data/factors/lexer.js';
import { PERIODS } from '../../core/market-data/periods.js';
import { InputValidator } from '../decode/validator.js';
import { listFault } from './instruments-file.js';

const FactorSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    expression: Type.String({ minLength: 1, maxLength: TEXT_MAX }),
    periods: Type.Optional(Type.Array(Type.Enum(PERIODS.map(({ name }) => name)), { minItems: 1, maxItems: PERIODS.length })),
  },
  { additionalProperties: false },
);

/** Throws an Error whose message says in one sentence what is wrong with the file. */
export function readFactorsFile(path: string): readonly FactorDefinition[] {
  const validator = new InputValidator(Type.Array(FactorSchema, { maxItems: FACTORS_MAX }));
  try {
    return new FactorSet(validator.parse(JSON.parse(readFileSync(path, 'utf8')))).definitions;
  } catch (cause) {
    throw new Error(`Factors file ${path}: ${listFault(cause)}`, { cause });
  }
}
