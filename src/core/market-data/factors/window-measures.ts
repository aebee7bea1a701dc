/** What is measured of a window of values, oldest first. Moments are those of the population; NaN where there is none. */

/** Of the first `count` values. */
export type Measure = (values: Float64Array, count: number) => number;
/** Of the first `count` values of two columns. */
export type PairMeasure = (left: Float64Array, right: Float64Array, count: number) => number;

export function sum(values: Float64Array, count: number): number {
  let total = 0;
  for (let n = 0; n < count; n++) total += values[n];
  return total;
}

export function mean(values: Float64Array, count: number): number {
  return sum(values, count) / count;
}

export function largest(values: Float64Array, count: number): number {
  let found = values[0];
  for (let n = 1; n < count; n++) if (values[n] > found) found = values[n];
  return found;
}

export function smallest(values: Float64Array, count: number): number {
  let found = values[0];
  for (let n = 1; n < count; n++) if (values[n] < found) found = values[n];
  return found;
}

export function deviation(values: Float64Array, count: number): number {
  return Math.sqrt(moment(values, count, centre(values, count), 2));
}

/** How many deviations the newest value is off the mean. */
export function score(values: Float64Array, count: number): number {
  const middle = centre(values, count);
  return (values[count - 1] - middle) / Math.sqrt(moment(values, count, middle, 2));
}

export function skewness(values: Float64Array, count: number): number {
  const middle = centre(values, count);
  return moment(values, count, middle, 3) / moment(values, count, middle, 2) ** 1.5;
}

/** Of which a normal distribution has 0. */
export function excessKurtosis(values: Float64Array, count: number): number {
  const middle = centre(values, count);
  return moment(values, count, middle, 4) / moment(values, count, middle, 2) ** 2 - 3;
}

export function covariance(left: Float64Array, right: Float64Array, count: number): number {
  const [leftMiddle, rightMiddle] = [centre(left, count), centre(right, count)];
  let total = 0;
  for (let n = 0; n < count; n++) total += (left[n] - leftMiddle) * (right[n] - rightMiddle);
  return total / count;
}

export function correlation(left: Float64Array, right: Float64Array, count: number): number {
  return covariance(left, right, count) / (deviation(left, count) * deviation(right, count));
}

/** The mean, reckoned from one of the values: of equal ones it is that value to the last bit, so that their spread is 0. */
function centre(values: Float64Array, count: number): number {
  const from = values[0];
  let total = 0;
  for (let n = 1; n < count; n++) total += values[n] - from;
  return from + total / count;
}

function moment(values: Float64Array, count: number, middle: number, power: number): number {
  let total = 0;
  for (let n = 0; n < count; n++) total += (values[n] - middle) ** power;
  return total / count;
}
