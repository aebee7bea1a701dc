/** LevelDB's manifest: which tables and logs make up the database (db/version_edit.cc). */
import { ByteCursor } from './byte-cursor.js';
import { readLogFile } from './leveldb-log.js';

export interface LiveFiles {
  /** Bytes of each table, by its number. */
  tables: Map<number, number>;
  /** Logs of this number and above hold what is in no table yet. */
  firstLog: number;
}

const Tag = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLogNumber: 9,
} as const;

/** A text says what is wrong with it. */
export function readManifest(bytes: Uint8Array): LiveFiles | string {
  const { records, damagedAt } = readLogFile(bytes);
  if (damagedAt !== undefined) return `a wrong checksum at byte ${damagedAt}`;
  if (records.length === 0) return 'no record';
  const live: LiveFiles = { tables: new Map(), firstLog: 0 };
  try {
    for (const record of records) applyEdit(live, new ByteCursor(record));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return live;
}

function applyEdit(live: LiveFiles, cursor: ByteCursor): void {
  while (!cursor.isAtEnd) {
    const tag = cursor.varint();
    switch (tag) {
      case Tag.comparator:
        cursor.text();
        break;
      case Tag.logNumber:
        live.firstLog = cursor.varint();
        break;
      case Tag.nextFile:
      case Tag.lastSequence:
      case Tag.previousLogNumber:
        cursor.varint();
        break;
      case Tag.compactPointer:
        cursor.varint();
        cursor.text();
        break;
      case Tag.deletedFile:
        cursor.varint();
        live.tables.delete(cursor.varint());
        break;
      case Tag.newFile: {
        cursor.varint();
        const table = cursor.varint();
        live.tables.set(table, cursor.varint());
        cursor.text();
        cursor.text();
        break;
      }
      default:
        throw new RangeError(`an unknown entry ${tag}`);
    }
  }
}
