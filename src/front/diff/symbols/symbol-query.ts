/** Questions about contracts (diff.md 9): the fields that the Python client knows of a contract, of those that it asks for. */
import { Exchange, InstrumentStatus, nameOf } from '../../../core/enums.js';
import type { Instrument } from '../../../core/instrument.js';
import { tradingSpans } from '../../../core/sessions.js';
import type { ExchangeState } from '../../../core/state.js';
import { toDecimal } from '../../../core/units.js';
import { expiryOf } from '../expiry.js';
import { contractFields } from '../quotes/quote-fields.js';
import { tradingTime } from '../trading-time.js';
import { parseQuery, QueryFault, type FieldSelection, type GraphQuery, type Selection } from './graph-query.js';

export type SymbolAnswer = { readonly result: Readonly<Record<string, unknown>> } | { readonly error: string };

/** Fields looked at for one answer: more would keep everybody waiting. */
const WORK_MAX = 200_000;
const SPREADS_MAX = 16;
const NS_PER_SECOND = 1e9;
const CLASS = 'FUTURE';
/** Of these kinds every contract is. */
const TYPES = new Set(['basic', 'tradeable', 'future']);
const ROOTS = new Set(['multi_symbol_info', 'symbol_info']);

export function answerSymbolQuery(state: ExchangeState, text: string, variables: Readonly<Record<string, unknown>>): SymbolAnswer {
  try {
    return { result: new Evaluation(state, parseQuery(text, variables)).root() };
  } catch (error) {
    if (!(error instanceof QueryFault)) throw error;
    return { error: error.message };
  }
}

class Evaluation {
  private work = 0;

  constructor(
    private readonly state: ExchangeState,
    private readonly query: GraphQuery,
  ) {}

  root(): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const field of this.fieldsOf(this.query.selections)) {
      if (!ROOTS.has(field.name)) throw new QueryFault(`There is no ${field.name}.`);
      const chosen = [...this.state.instruments].filter((instrument) => isChosen(instrument, field.args));
      result[field.key] = chosen.map((instrument) => this.select(this.contract(instrument), field.selections));
    }
    return result;
  }

  /** What a contract does not have is left out. */
  private select(object: Readonly<Record<string, unknown>>, selections: readonly Selection[]): Record<string, unknown> {
    const selected: Record<string, unknown> = {};
    for (const { name, key, selections: inner } of this.fieldsOf(selections)) {
      if (!Object.hasOwn(object, name)) continue;
      const value = object[name];
      const isObject = typeof value === 'object' && value !== null;
      selected[key] = isObject && inner.length > 0 ? this.select(value as Record<string, unknown>, inner) : value;
    }
    return selected;
  }

  private fieldsOf(selections: readonly Selection[], fields: FieldSelection[] = [], spreads = 0): FieldSelection[] {
    for (const selection of selections) {
      if (++this.work > WORK_MAX) throw new QueryFault('The query asks for too much.');
      if (selection.kind === 'field') {
        fields.push(selection);
        continue;
      }
      const fragment = selection.kind === 'spread' ? this.query.fragments.get(selection.fragment) : selection;
      if (fragment === undefined) throw new QueryFault('A fragment is missing.');
      if (spreads >= SPREADS_MAX) throw new QueryFault('The fragments go in circles.');
      if (TYPES.has(fragment.on)) this.fieldsOf(fragment.selections, fields, spreads + 1);
    }
    return fields;
  }

  private contract(instrument: Instrument): Record<string, unknown> {
    const { instrumentId, name, exchange, productId, status, sessionTemplate, preClose, preOpenInterest, expireDate } = instrument;
    const { expire_datetime: expireSeconds, ...delivery } = expiryOf(expireDate);
    const settlement = this.state.settlement.prices.get(instrument.instrument);
    return {
      __typename: 'future',
      class: CLASS,
      instrument_id: instrumentId,
      instrument_name: name,
      english_name: name,
      exchange_id: nameOf(Exchange, exchange),
      product_id: productId,
      product_short_name: productId,
      expired: status === InstrumentStatus.delisted,
      trading_day: String(this.state.tradingDay),
      trading_time: tradingTime(sessionTemplate),
      quote_multiple: 1,
      mmsa: false,
      pre_close: toDecimal(preClose),
      pre_open_interest: preOpenInterest,
      ...contractFields(instrument),
      ...delivery,
      // nanoseconds here, seconds in the instrument file
      ...(expireSeconds === undefined ? {} : { expire_datetime: expireSeconds * NS_PER_SECOND }),
      ...(settlement === undefined ? {} : { settlement_price: toDecimal(settlement) }),
    };
  }
}

/** An argument that is not there excludes nothing. */
function isChosen(instrument: Instrument, args: ReadonlyMap<string, unknown>): boolean {
  const { instrumentId, exchange, productId, status, sessionTemplate } = instrument;
  return (
    isIn(args.get('instrument_id'), instrumentId) &&
    isIn(args.get('class'), CLASS) &&
    isIn(args.get('exchange_id'), nameOf(Exchange, exchange)) &&
    isIn(args.get('product_id'), productId) &&
    isIn(args.get('expired'), status === InstrumentStatus.delisted) &&
    isIn(args.get('has_night'), tradingSpans(sessionTemplate).night.length > 0)
  );
}

function isIn(wanted: unknown, value: string | boolean): boolean {
  if (wanted === undefined || wanted === null) return true;
  return Array.isArray(wanted) ? wanted.includes(value) : wanted === value;
}
