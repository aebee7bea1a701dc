/** Lists of fund records for the routes. */
import Type, { type Static } from 'typebox';
import { FundKind, numberOf } from '../../core/enums.js';
import type { FundRecord } from '../../core/observer.js';
import type { Exchange } from '../exchange.js';
import { FundHistory, type FundQuery } from '../fund-history.js';
import { DateFields, dateRangeUs, type DateQuery } from './date-range.js';
import { PageFields } from './listing.js';

const PAGE_SIZE_DEFAULT = 20;

/** Types that are figures of statements and trades, and never records of their own. */
const DERIVED_TYPES = ['commission', 'pnl', 'settlement'];

const TypeField = {
  transaction_type: Type.Optional(
    Type.Enum([...Object.keys(FundKind), ...DERIVED_TYPES], {
      description: 'commission, pnl and settlement are figures of statements and trades: no record has them.',
    }),
  ),
};
export const FundQuerySchema = Type.Object({ ...PageFields, ...DateFields, ...TypeField });

export function fundQuery(account: number, filters: DateQuery & { transaction_type?: string }): FundQuery {
  const { transaction_type: type } = filters;
  return { account, ...dateRangeUs(filters), kind: type === undefined ? undefined : numberOf(FundKind, type) };
}

/** One page of the records, rendered. */
export async function fundPage<V>(
  { state, history }: Exchange,
  query: FundQuery,
  filters: Pick<Static<typeof FundQuerySchema>, 'page' | 'page_size'>,
  render: (record: FundRecord) => V,
) {
  const { page = 1, page_size: size = PAGE_SIZE_DEFAULT } = filters;
  const { records, total } = await new FundHistory(state, history).page(query, (page - 1) * size, size);
  return { records: records.map(render), total, page, page_size: size };
}
