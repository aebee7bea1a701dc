/** ins_query: a question about contracts; an empty one takes its answer out of the tree again (diff.md 9). */
import type { DiffConnection } from '../connection.js';
import { answerSymbolQuery } from '../symbols/symbol-query.js';
import { jsonOf, jsonText } from '../tree/diff-object.js';
import { textOf, type DiffContext, type Fields } from './context.js';

const ID_CHARACTERS_MAX = 256;

export function handleSymbolQuery({ exchange: { state } }: DiffContext, connection: DiffConnection, fields: Fields): void {
  const id = textOf(fields, 'query_id');
  const query = textOf(fields, 'query');
  if (id === '' || id.length > ID_CHARACTERS_MAX) return;
  // an answer to the same name must not merge with the one before
  connection.push(`{"symbols":{${jsonText(id)}:null}}`);
  if (query === '') return;
  const { variables } = fields;
  const isObject = typeof variables === 'object' && variables !== null && !Array.isArray(variables);
  const answer = answerSymbolQuery(state, query, isObject ? (variables as Fields) : {});
  // the client looks for the answer to the question that it asked
  const echo = isObject ? { query, variables } : { query };
  connection.push(`{"symbols":{${jsonText(id)}:${jsonOf({ query_id: id, ...echo, ...answer })}}}`);
}
