/**
 * Whole numbers of any size: doubles as long as those are exact, BigInt beyond, so that the books of a whole exchange are
 * added up in milliseconds and no sum is ever too large. Each number has one form, so `===` compares.
 */
export type Exact = number | bigint;

/** The one form of a whole number. */
export function exact(value: bigint): Exact {
  const narrow = Number(value);
  return Number.isSafeInteger(narrow) ? narrow : value;
}

// Below, rounding never brings a result beyond 2^53 back under it: one that looks safe is exact.

export function plus(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return exact(BigInt(a) + BigInt(b));
}

export function minus(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return exact(BigInt(a) - BigInt(b));
}

export function times(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product;
  }
  return exact(BigInt(a) * BigInt(b));
}

/** The quotient rounded down, of numbers that are not negative. */
export function over(a: Exact, b: number): Exact {
  if (typeof a === 'number') {
    // A quotient is further from the next whole number than rounding reaches.
    return Math.floor(a / b);
  }
  return exact(a / BigInt(b));
}

/** A sum of many. */
export class ExactSum {
  private large = 0n;
  private small = 0;

  add(amount: Exact): void {
    if (typeof amount === 'number') {
      const sum = this.small + amount;
      if (Number.isSafeInteger(sum)) {
        this.small = sum;
        return;
      }
    }
    this.large += BigInt(amount);
  }

  get value(): bigint {
    return this.large + BigInt(this.small);
  }
}
