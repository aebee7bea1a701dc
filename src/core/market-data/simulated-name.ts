/**
 * Which instruments have a simulated history, and how long: their name says it, ` (simulated history: 500 bars)`.
 *
 * So nobody can see such an instrument without the mark, the log tells it to whoever folds market data, and no log has it
 * but one whose exchange was told to mark the name when it listed the instrument: names that users give lose the mark.
 */
const MARK = /(?: \(simulated history: (\d{1,5}) bars\))+$/;

/** The name of an instrument that is listed with that many simulated bars of every period. */
export function simulatedName(name: string, bars: number): string {
  return bars === 0 ? name : `${name} (simulated history: ${bars} bars)`;
}

/** A name as a user gives it. */
export function unmarkedName(name: string): string {
  return name.replace(MARK, '');
}

/** Bars of every period that are simulated; 0 for an instrument without the mark. */
export function simulatedBarsOf(name: string): number {
  return Number(MARK.exec(name)?.[1] ?? 0);
}
