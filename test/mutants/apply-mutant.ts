import type { Mutant } from './mutants.js';

/** The code with the fault; throws unless the place it changes occurs exactly once. */
export function applyMutant(code: string, mutant: Mutant): string {
  const parts = code.split(mutant.from);
  if (parts.length !== 2) throw new Error(`the place of "${mutant.name}" occurs ${parts.length - 1} times in ${mutant.file}`);
  return parts.join(mutant.to);
}
