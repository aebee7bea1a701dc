/**
 * Whether a text is one SELECT over the tables of the history. DuckDB parses it; what it found is walked here, and what is
 * not known to be harmless is refused: other tables, files by name, functions that read files, settings or secrets.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { faultOf, QueryError } from './query-error.js';
import { readableName, TABLE_NAMES } from './tables.js';

const TABLES_ALLOWED = new Set(TABLE_NAMES.flatMap((name) => [name, readableName(name)]));
const TABLE_FUNCTIONS_ALLOWED = new Set(['range', 'generate_series', 'unnest']);
const FROM_ALLOWED = new Set(['BASE_TABLE', 'JOIN', 'SUBQUERY', 'TABLE_FUNCTION', 'EMPTY', 'EXPRESSION_LIST', 'PIVOT', 'SHOW_REF']);
/** Scalar functions that look or act beyond their arguments. */
const FUNCTIONS_DENIED =
  /^(read_|pg_|duckdb_|pragma_|parquet_|sniff_|json_execute|json_serialize_plan|current_|session_|has_|txid_|get_|set_|in_search_path$|getenv$|getvariable$|glob$|query$|query_table$|write_log$|sleep|nextval$|currval$|which_secret$|version$)/;
/** What clocks say is harmless. */
const FUNCTIONS_ALLOWED = new Set(['current_date', 'current_time', 'current_timestamp', 'get_current_timestamp', 'get_bit', 'set_bit']);
/** Not DESCRIBE, PIVOT and the like, which DuckDB makes SELECTs of. */
const PLAIN_TEXT = /^\s*(SELECT|WITH)\s/i;
const PLAIN_CHARACTERS_MAX = 500;
const PLAIN_FUNCTIONS = new Set(
  '+ - * / // % sum count count_star min max avg arg_min arg_max first last abs round floor ceil row_number lag lead'.split(' '),
);
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

type Node = Readonly<Record<string, unknown>>;

interface Parsed {
  error: boolean;
  error_message?: string;
  position?: string;
  statements?: Node[];
}

export interface CheckedStatement {
  /** A LIMIT behind the text is one of the whole statement, and with it the result fits into memory: no value is longer than a cell. */
  readonly isSmallWithLimit: boolean;
}

/** Throws QueryError. */
export async function checkStatement(connection: DuckDBConnection, sql: string): Promise<CheckedStatement> {
  const parsed = await parse(connection, sql);
  if (parsed.error) {
    const position = parsed.position === undefined ? undefined : Number(parsed.position);
    const isOther = parsed.error_message?.startsWith('Only SELECT') === true;
    throw new QueryError(
      'invalid',
      isOther ? 'only SELECT can be asked: nothing here can be changed' : (parsed.error_message ?? ''),
      position,
    );
  }
  const statements = parsed.statements ?? [];
  if (statements.length !== 1) throw new QueryError('invalid', 'one statement, please: nothing was run');
  const [statement] = statements;
  const own = commonTables(statement);
  for (const node of nodesOf(statement)) checkNode(node, own);
  return { isSmallWithLimit: isPlain(sql, statement['node'] as Node) };
}

/** Seen where it is plain to see. The text is short: it names few columns. */
function isPlain(sql: string, root: Node): boolean {
  const { type, modifiers } = root;
  if (sql.length > PLAIN_CHARACTERS_MAX || !PLAIN_TEXT.test(sql) || sql.includes(';')) return false;
  if (type !== 'SELECT_NODE' && type !== 'SET_OPERATION_NODE') return false;
  if (!Array.isArray(modifiers) || modifiers.some((modifier: Node) => String(modifier['type']).startsWith('LIMIT'))) return false;
  for (const node of nodesOf(root)) {
    if (node['type'] === 'TABLE_FUNCTION' || node['type'] === 'ARRAY_CONSTRUCTOR') return false;
    const { function_name: name } = node;
    if (typeof name === 'string' && !PLAIN_FUNCTIONS.has(name.toLowerCase())) return false;
  }
  return true;
}

async function parse(connection: DuckDBConnection, sql: string): Promise<Parsed> {
  try {
    const reader = await connection.runAndReadAll('SELECT json_serialize_sql(CAST(? AS VARCHAR)) AS parsed', [sql]);
    return JSON.parse(reader.getRowObjectsJS()[0]['parsed'] as string) as Parsed;
  } catch (error) {
    throw faultOf(error);
  }
}

/** Names of all common table expressions. */
function commonTables(statement: Node): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { cte_map: map } of nodesOf(statement)) {
    if (typeof map !== 'object' || map === null || !('map' in map) || !Array.isArray(map.map)) continue;
    for (const { key } of map.map as { key?: unknown }[]) if (typeof key === 'string' && IDENTIFIER.test(key)) names.add(key.toLowerCase());
  }
  return names;
}

function* nodesOf(root: Node): Generator<Node> {
  const waiting: unknown[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if (!Array.isArray(node)) yield node as Node;
    for (const value of Object.values(node)) if (value !== null && value !== undefined) waiting.push(value);
  }
}

function checkNode(node: Node, own: ReadonlySet<string>): void {
  const { type, class: kind } = node;
  const at =
    typeof node['query_location'] === 'number' && Number.isSafeInteger(node['query_location']) ? node['query_location'] : undefined;
  // what stands behind FROM has a place for a sample, and no class
  if (kind === undefined && 'sample' in node && 'alias' in node && !FROM_ALLOWED.has(String(type)))
    throw new QueryError('invalid', `${String(type)} cannot be asked here`, at);
  if (type === 'BASE_TABLE') checkTable(node, own, at);
  if (type === 'SHOW_REF' && node['query'] === null) throw new QueryError('invalid', 'GET /api/data/query/schema lists the tables', at);
  if (type === 'TABLE_FUNCTION') {
    const { function_name: name } = node['function'] as Node;
    if (!TABLE_FUNCTIONS_ALLOWED.has(String(name))) throw new QueryError('invalid', `the function ${String(name)} is not allowed`, at);
  }
  if (kind === 'FUNCTION') {
    const name = String(node['function_name']).toLowerCase();
    if (FUNCTIONS_DENIED.test(name) && !FUNCTIONS_ALLOWED.has(name))
      throw new QueryError('invalid', `the function ${name} is not allowed`, at);
  }
}

function checkTable(node: Node, own: ReadonlySet<string>, at: number | undefined): void {
  const name = String(node['table_name']).toLowerCase();
  const isOurs = node['catalog_name'] === '' && (node['schema_name'] === '' || node['schema_name'] === 'main') && TABLES_ALLOWED.has(name);
  const isOwn = node['catalog_name'] === '' && node['schema_name'] === '' && own.has(name);
  if (isOurs || isOwn) return;
  throw new QueryError('invalid', `there is no table ${String(node['table_name'])}: GET /api/data/query/schema lists them`, at);
}
