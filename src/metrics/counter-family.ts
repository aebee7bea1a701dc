/** One counter; hot code keeps the cell and adds to it, nothing else happens until somebody asks for the metrics. */
export interface CounterCell {
  count: number;
}

/** The counters of one name, one for each combination of label values. */
export class CounterFamily<Label extends string> {
  readonly #cells = new Map<string, { readonly values: readonly string[]; readonly cell: CounterCell }>();

  constructor(readonly labels: readonly Label[]) {}

  /** The counter of these label values, in the order of `labels`; made at 0. Values must come from a small fixed set. */
  cell(...values: string[]): CounterCell {
    if (values.length !== this.labels.length) throw new RangeError(`expected values for the labels ${this.labels.join(', ')}`);
    const key = values.join('\n');
    let entry = this.#cells.get(key);
    if (!entry) {
      entry = { values, cell: { count: 0 } };
      this.#cells.set(key, entry);
    }
    return entry.cell;
  }

  /** All counters made so far, as label values and count. */
  *entries(): IterableIterator<readonly [values: readonly string[], count: number]> {
    for (const { values, cell } of this.#cells.values()) yield [values, cell.count];
  }
}
