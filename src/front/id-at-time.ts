/**
 * Ids that are given in the order of time and without gaps: the first of a time or later, one more than `count` when there is
 * none. `timeOf` tells the time of a record in µs, undefined for one that is not kept any more.
 */
export async function firstIdFrom(
  timeUs: number,
  count: number,
  stateTimeUs: number,
  timeOf: (id: number) => Promise<number | undefined>,
): Promise<number> {
  let low = 1;
  let high = count + 1;
  if (timeUs === 0) return low;
  if (timeUs > stateTimeUs) return high;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const time = await timeOf(middle);
    if (time !== undefined && time < timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
