/**
 * Compiler settings of matching threads. The book is many small functions that call each other; by default V8 stops
 * pulling them into their callers at 920 bytes of code, and takes none of more than 460 bytes, which leaves calls on the
 * path of every order. Measured: half as many commands again. The flags hold for the whole process and for code compiled
 * after they are set.
 *
 * Belongs with it: `useDefineForClassFields: false` in tsconfig.json. A field that a class only declares would first of all
 * be undefined, and V8 would look at the type of its object at every use from then on.
 */
import { setFlagsFromString } from 'node:v8';

export function compileForMatching(): void {
  setFlagsFromString('--max-inlined-bytecode-size=1000');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=6000');
  setFlagsFromString('--max-inlined-bytecode-size-absolute=20000');
}

/**
 * V8's own settings again, while a start recovers: of the code that folds the log the compiler makes functions of the same kind,
 * for the front and for the market worker, and works at them for longer than they then run. Measured: seconds of both cores.
 */
export function compileForRecovery(): void {
  setFlagsFromString('--max-inlined-bytecode-size=460');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=920');
  setFlagsFromString('--max-inlined-bytecode-size-absolute=4600');
}
