/** Accounts at risk, liquidations and limits (rest.md A12 to A14, M9). */
import Type from 'typebox';
import { numberOf, RiskLevel } from '../../../core/enums.js';
import type { Liquidation } from '../../../core/liquidations.js';
import type { ExchangeState } from '../../../core/state.js';
import type { Exchange } from '../../exchange.js';
import { riskLevelOf } from '../../risk/risk-levels.js';
import {
  LiquidationRecordSchema,
  liquidationRecordView,
  LiquidationResultSchema,
  liquidationResultView,
} from '../../views/liquidation-view.js';
import { limitsOf, LimitsSchema, limitsView, RiskAccountSchema, riskAccountView } from '../../views/risk-view.js';
import { DateFields, dateRangeUs } from '../date-range.js';
import { pageOf, PageFields } from '../listing.js';
import { accountOf, Id, instrumentOf } from '../resources.js';
import { route } from '../route.js';

const viewers = { caller: 'permission', permission: 'ViewRisk' } as const;
const Ratio = Type.Optional(Type.Number({ minimum: 0, maximum: 10 }));
const Volume = Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 }));

const accounts = route({
  id: 'A12',
  method: 'GET',
  path: '/admin/risk/accounts',
  aliases: ['/api/management/risk/accounts'],
  summary: 'Accounts by risk ratio, the highest first.',
  access: viewers,
  query: Type.Object({ ...PageFields, risk_level: Type.Optional(Type.Enum(Object.keys(RiskLevel))) }),
  response: Type.Array(RiskAccountSchema),
  handler({ exchange: { state }, query }) {
    const level = query.risk_level === undefined ? -1 : numberOf(RiskLevel, query.risk_level);
    return pageOf(byRisk(state, level), query, (account) => riskAccountView(state, account)).rows;
  },
});

const liquidations = route({
  id: 'A13',
  method: 'GET',
  path: '/admin/risk/liquidation',
  aliases: ['/api/management/risk/liquidations', '/admin/risk/liquidations'],
  summary: 'Forced liquidations, newest first; those under way as they stand.',
  access: viewers,
  query: Type.Object({ ...DateFields, account_id: Type.Optional(Id) }),
  refusals: [1006],
  response: Type.Array(LiquidationRecordSchema),
  async handler({ exchange, query }) {
    const account = query.account_id === undefined ? 0 : accountOf(exchange.state, query.account_id);
    const rows = await liquidationsOf(exchange, account, dateRangeUs(query));
    return rows.map((row) => liquidationRecordView(exchange.state, row));
  },
});

const ownLiquidations = route({
  id: 'A13-own',
  method: 'GET',
  path: '/api/account/:account_id/liquidations',
  summary: 'Forced liquidations of an account, newest first; who ordered one is not told.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnAccount',
    orPermission: 'ViewRisk',
    resource: ({ params }, { state }) => ({ account: accountOf(state, params.account_id) }),
  },
  params: Type.Object({ account_id: Id }),
  query: Type.Object({ ...DateFields }),
  refusals: [1006],
  response: Type.Array(Type.Omit(LiquidationRecordSchema, ['operator'])),
  async handler({ exchange, params, query }) {
    const rows = await liquidationsOf(exchange, accountOf(exchange.state, params.account_id), dateRangeUs(query));
    return rows.map((row) => {
      const { operator: _operator, ...view } = liquidationRecordView(exchange.state, row);
      return view;
    });
  },
});

/** Newest first; of all accounts for 0. */
async function liquidationsOf(
  { state, history }: Exchange,
  account: number,
  { fromUs, behindUs }: ReturnType<typeof dateRangeUs>,
): Promise<Liquidation[]> {
  const match = (row: Liquidation): boolean =>
    (account === 0 || row.account === account) && row.openedUs >= fromUs && row.openedUs < behindUs;
  // before the first wait: one that ends meanwhile would be in neither or in both
  const underWay = new Map(Array.from(state.liquidations, (row) => [row.id, structuredClone(row)]));
  const finished = await history.documentsOf<Liquidation>('liquidations', 0, match);
  for (const row of finished) underWay.delete(row.id);
  return [...finished, ...[...underWay.values()].filter(match)].sort((a, b) => b.id - a.id);
}

const PositionLimitsSchema = Type.Object({
  default: LimitsSchema,
  overrides: Type.Array(Type.Object({ instrument_id: Type.String(), ...LimitsSchema.properties })),
});

function positionLimits({ riskLimits, instruments }: ExchangeState, instrument = 0) {
  const overrides = [...riskLimits.overrides()].filter((limits) => instrument === 0 || limits.instrument === instrument);
  return {
    default: limitsView(riskLimits.venue),
    overrides: overrides.map((limits) => ({ instrument_id: instruments.get(limits.instrument).instrumentId, ...limitsView(limits) })),
  };
}

const limits = route({
  id: 'A14',
  method: 'GET',
  path: '/admin/risk/position-limits',
  summary: 'Limits of the venue, and of the instruments that have their own.',
  access: viewers,
  query: Type.Object({ instrument_id: Type.Optional(Id) }),
  refusals: [1007],
  response: PositionLimitsSchema,
  handler({ exchange: { state }, query }) {
    return positionLimits(state, query.instrument_id === undefined ? 0 : instrumentOf(state, query.instrument_id).instrument);
  },
});

const setLimits = route({
  id: 'A14-set',
  method: 'PUT',
  path: '/admin/risk/position-limits',
  summary: 'Change limits of the venue, or of an instrument, which has all of them for itself from then on.',
  access: { caller: 'admin' },
  body: Type.Object({
    instrument_id: Type.Optional(Id),
    max_position_ratio: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
    max_order_amount: Type.Optional(Type.Number({ minimum: 0, maximum: 900_000_000_000 })),
    min_order_volume: Volume,
    max_order_volume: Volume,
    risk_ratio_warning: Ratio,
    risk_ratio_reject: Ratio,
    liquidation_threshold: Ratio,
    liquidation_target: Ratio,
    position_limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
    self_trade_prevention: Type.Optional(Type.Boolean()),
  }),
  refusals: [1007],
  response: PositionLimitsSchema,
  async handler({ exchange, caller, body, origin }) {
    const { instrument_id: id, ...change } = body;
    const instrument = id === undefined ? 0 : instrumentOf(exchange.state, id).instrument;
    await exchange.risk.changeLimits(instrument, limitsOf(change), { user: caller.user.user, origin });
    return positionLimits(exchange.state);
  },
});

const forceLiquidate = route({
  id: 'M9',
  method: 'POST',
  path: '/api/management/risk/force-liquidate',
  summary: 'Close all positions of an account now; what has not found a counterparty after a few seconds goes on.',
  access: { caller: 'permission', permission: 'ForceLiquidate' },
  body: Type.Object({ account_id: Type.String(), reason: Type.String({ minLength: 1, maxLength: 200 }) }),
  refusals: [1006, 6003],
  response: LiquidationResultSchema,
  async handler({ exchange, caller, body, origin }) {
    const { state, history, risk } = exchange;
    const account = accountOf(state, body.account_id);
    const liquidation = await risk.forceLiquidate(account, body.reason, { user: caller.user.user, origin });
    const orders = liquidation.orders.map((id) => history.findOrder(id));
    return liquidationResultView(
      state,
      liquidation,
      orders.filter((order) => order !== undefined),
    );
  },
});

/** Accounts of a level (-1: of all) by falling risk ratio. */
function byRisk({ accounts: { count }, ledger }: ExchangeState, level: number): number[] {
  const rows: { account: number; ratio: number }[] = [];
  for (let account = 1; account <= count; account++) {
    const ratio = ledger.riskRatio(account);
    if (level === -1 || riskLevelOf(ratio) === level) rows.push({ account, ratio });
  }
  return rows.sort((a, b) => b.ratio - a.ratio || a.account - b.account).map(({ account }) => account);
}

export const RISK_ROUTES = [accounts, liquidations, ownLiquidations, limits, setLimits, forceLiquidate];
