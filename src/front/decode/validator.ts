/** Compiled checks of untrusted input against the schemas that describe it. */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { Refusal, type RefusalDetail } from '../../core/refusal.js';

/** More tell a client nothing, and each one costs an answer's bytes. */
const DETAILS_MAX = 20;

export class InputValidator<S extends TSchema> {
  private readonly validator;

  constructor(schema: S) {
    this.validator = Compile(schema);
  }

  /** The input, when it has the form of the schema; throws 9008 naming the fields that do not. */
  parse(input: unknown): Static<S> {
    if (this.validator.Check(input)) return input;
    throw new Refusal(9008, detailsOf(this.validator.Errors(input)));
  }
}

/** One detail a field, the first: of a choice that is the error of its first branch, which says more than that none fits. */
function detailsOf(errors: readonly TLocalizedValidationError[]): RefusalDetail[] {
  const reasons = new Map<string, string>();
  const note = (field: string, reason: string): void => {
    if (!reasons.has(field)) reasons.set(field, reason);
  };
  for (const error of errors) {
    const path = error.instancePath.slice(1).replaceAll('/', '.');
    if (error.keyword === 'required') {
      for (const property of error.params.requiredProperties) note(path === '' ? property : `${path}.${property}`, 'is required');
    } else {
      note(path, reasonOf(error));
    }
  }
  return Array.from(reasons, ([field, reason]) => ({ field, reason })).slice(0, DETAILS_MAX);
}

function reasonOf(error: TLocalizedValidationError): string {
  if (error.keyword === 'enum') return `must be one of ${error.params.allowedValues.map(String).join(', ')}`;
  return error.message;
}
