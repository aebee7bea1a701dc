/** Why a query has no answer, as its sender may hear it. */
export type QueryFault =
  /** The query itself: what is wrong with it, and where. */
  | 'invalid'
  /** It took longer, or more memory, than a query may. */
  | 'limit'
  | 'cancelled'
  /** Too many queries at once. */
  | 'busy'
  /** The history cannot be asked now. */
  | 'unavailable';

export class QueryError extends Error {
  override readonly name = 'QueryError';

  constructor(
    readonly fault: QueryFault,
    message: string,
    /** Of the first character that is wrong in the text of the query, from 0. */
    readonly position?: number,
  ) {
    super(message);
  }
}

interface DuckDBFault {
  exception_type?: string;
  exception_message?: string;
  position?: string;
}

/** Kinds of exceptions that no change of the query mends. */
const INTERNAL = ['INTERNAL', 'FATAL', 'IO'];

/** DuckDB tells what is wrong as JSON, at times behind a word or two. */
export function faultOf(error: unknown): QueryError {
  if (error instanceof QueryError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const { exception_type: kind = '', exception_message: message = text, position } = parse(text);
  if (kind === 'INTERRUPT') return new QueryError('cancelled', 'the query was given up');
  if (kind === 'Out of Memory') return new QueryError('limit', 'the query needs more memory than a query may take');
  if (INTERNAL.includes(kind)) return new QueryError('unavailable', message);
  return new QueryError('invalid', message.trim(), position === undefined ? undefined : Number(position));
}

function parse(text: string): DuckDBFault {
  const begin = text.indexOf('{"exception_type"');
  if (begin === -1) return {};
  try {
    return JSON.parse(text.slice(begin)) as DuckDBFault;
  } catch {
    return {};
  }
}

/** Where a position is, for people. */
export function placeOf(sql: string, position: number): { line: number; column: number } {
  // DuckDB counts bytes
  const before = Buffer.from(sql).subarray(0, position).toString();
  const lines = before.split('\n');
  return { line: lines.length, column: lines[lines.length - 1].length + 1 };
}
