/** Rows that wait for an export, by the generation that they came in; the one that still grows is not among them. */
import type { HeldChunks } from './part-maker.js';
import { TABLE_NAMES, type TableName } from './tables.js';
import type { RowChunk, RowList } from './waiting-rows.js';

export type Lists = Readonly<Record<TableName, RowList>>;

export class HeldGenerations {
  /** In order. */
  private readonly generations = new Map<number, Lists>();

  hold(generation: number, lists: Lists): void {
    this.generations.set(generation, lists);
  }

  /** The generations up to one, of which `take` gets the rows: they are in files. */
  release(generation: number, take: (lists: Lists) => void): void {
    for (const [number, lists] of this.upTo(generation)) {
      this.generations.delete(number);
      take(lists);
    }
  }

  upTo(generation: number): [number, Lists][] {
    return [...this.generations].filter(([number]) => number <= generation);
  }

  chunksUpTo(generation: number): HeldChunks {
    const held = this.upTo(generation);
    const chunksOf = (name: TableName): RowChunk[] => held.flatMap(([, lists]) => lists[name].chunks);
    return Object.fromEntries(TABLE_NAMES.map((name) => [name, chunksOf(name)])) as Record<TableName, RowChunk[]>;
  }
}
