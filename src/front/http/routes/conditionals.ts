/** Conditional orders (rest.md T4 to T7). */
import Type from 'typebox';
import { hasPermission } from '../../../auth/permissions.js';
import type { ConditionalRecord } from '../../../core/conditionals/conditional.js';
import { conditionalId, parseConditionalId } from '../../../core/conditionals/conditional.js';
import type { StatusCounts } from '../../../core/conditionals/conditional-table.js';
import { ConditionalStatus, nameOf, numberOf } from '../../../core/enums.js';
import { Refusal } from '../../../core/refusal.js';
import type { Caller } from '../../caller.js';
import { conditionalRequestOf } from '../../decode/conditional-fields.js';
import type { Exchange } from '../../exchange.js';
import { ConditionalSchema, conditionalView } from '../../views/conditional-view.js';
import { pageOf, PageFields, PageResultFields } from '../listing.js';
import { accountOf, Id } from '../resources.js';
import { route } from '../route.js';

const Text = Type.String({ maxLength: 64 });
/** The last millisecond that is a safe integer in µs. */
const TIME_MS_MAX = 9_000_000_000_000;

const place = route({
  id: 'T4',
  method: 'POST',
  path: '/api/order/conditional',
  summary: 'Place an order that is submitted once a traded price meets its condition.',
  access: {
    caller: 'owner',
    permission: 'ConditionalOrder',
    resource: ({ body }, { state }) => ({ account: accountOf(state, body.account_id) }),
  },
  body: Type.Object({
    user_id: Type.Optional(Type.Union([Text, Type.Null()])),
    account_id: Text,
    instrument_id: Text,
    direction: Text,
    offset: Text,
    order_type: Text,
    volume: Type.Number(),
    limit_price: Type.Optional(Type.Union([Type.Number(), Type.Null()], { description: 'Of a LIMIT order only.' })),
    condition_type: Text,
    trigger_price: Type.Number(),
    trigger_condition: Text,
    valid_until: Type.Optional(
      Type.Union([
        Type.Integer({ minimum: 1, maximum: TIME_MS_MAX, description: 'UTC milliseconds; absent: the trading day.' }),
        Type.Null(),
      ]),
    ),
    fire_if_true: Type.Optional(
      Type.Union([Type.Boolean({ description: 'Submit at once when the condition is met already.' }), Type.Null()]),
    ),
  }),
  takesIdempotencyKey: true,
  refusals: [1006, 1007, 1008, 1010, 2002, 3101, 3102, 3104],
  response: ConditionalSchema,
  async handler({ exchange, caller, body, origin, idempotencyKey }) {
    const request = conditionalRequestOf(body, exchange.state);
    return conditionalView(exchange.state, await exchange.conditionals.place(caller, request, origin, idempotencyKey));
  },
});

const list = route({
  id: 'T5',
  method: 'GET',
  path: '/api/order/conditional/list',
  summary: 'Conditional orders of an account, newest first.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnOrders',
    resource: ({ query }, { state }) => ({ account: accountOf(state, query.account_id) }),
  },
  query: Type.Object({ ...PageFields, account_id: Id, status: Type.Optional(Type.Enum(Object.keys(ConditionalStatus))) }),
  refusals: [1006],
  response: Type.Object({ orders: Type.Array(ConditionalSchema), ...PageResultFields }),
  async handler({ exchange, account, query }) {
    const status = query.status === undefined ? undefined : numberOf(ConditionalStatus, query.status);
    const pending = exchange.state.conditionals.pendingOf(account).map((conditional) => ({ ...conditional }));
    // in one go with the look at the pending ones: what ends from now on is among those, and only there
    const finished = exchange.history.documentsOf<ConditionalRecord>('conditionals', account, () => true);
    const all = [...pending, ...(await finished)].filter((it) => status === undefined || it.status === status);
    all.sort((a, b) => b.conditional - a.conditional);
    const { rows, ...page } = pageOf(all, query, (row) => conditionalView(exchange.state, row));
    return { orders: rows, ...page };
  },
});

const cancel = route({
  id: 'T6',
  method: 'DELETE',
  path: '/api/order/conditional/:id',
  summary: 'Cancel a pending conditional order.',
  access: {
    caller: 'owner',
    permission: 'ConditionalOrder',
    resource: async ({ params }, exchange, caller) => ({ account: await accountOfConditional(params.id, exchange, caller) }),
  },
  params: Type.Object({ id: Id }),
  refusals: [3103, 3105],
  response: Type.Object({ conditional_order_id: Type.String(), status: Type.String() }),
  async handler({ exchange, caller, params, origin }) {
    const conditional = parseConditionalId(params.id);
    await exchange.conditionals.cancel(caller, conditional, origin);
    return { conditional_order_id: conditionalId(conditional), status: nameOf(ConditionalStatus, ConditionalStatus.CANCELLED) };
  },
});

const statistics = route({
  id: 'T7',
  method: 'GET',
  path: '/api/order/conditional/statistics',
  summary: 'How many conditional orders came to what: of an account, of own accounts, or for staff of the venue.',
  access: {
    caller: 'owner',
    orPermission: 'ViewStatistics',
    resource: ({ query }, { state }, caller) =>
      query.account_id === undefined ? { user: caller.user.user } : { account: accountOf(state, query.account_id) },
  },
  query: Type.Object({ account_id: Type.Optional(Id) }),
  refusals: [1006],
  response: Type.Object({
    total: Type.Integer(),
    pending: Type.Integer(),
    triggered: Type.Integer(),
    cancelled: Type.Integer(),
    expired: Type.Integer(),
    failed: Type.Integer(),
  }),
  handler(context) {
    const { conditionals } = context.exchange.state;
    const named = context.query.account_id === undefined ? 0 : context.account;
    const [pending, triggered, cancelled, expired, failed] = countedAccounts(context.caller, named)
      .map((account) => conditionals.countsOf(account))
      .reduce<Readonly<StatusCounts>>(sumOf, [0, 0, 0, 0, 0]);
    return { total: pending + triggered + cancelled + expired + failed, pending, triggered, cancelled, expired, failed };
  },
});

/** The account that was named; for 0 the venue, as account 0, or the caller's own. */
function countedAccounts(caller: Caller, account: number): readonly number[] {
  return account !== 0 || hasPermission(caller.user.roles, 'ViewStatistics') ? [account] : caller.user.accounts;
}

function sumOf(a: Readonly<StatusCounts>, b: Readonly<StatusCounts>): StatusCounts {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4]];
}

/** Of a finished one only its owner learns that it is. Throws 3105 for none, 9006 for somebody else's. */
async function accountOfConditional(id: string, { state, history }: Exchange, caller: Caller): Promise<number> {
  const number = parseConditionalId(id);
  if (number === 0 || number > state.conditionals.count) throw new Refusal(3105);
  const pending = state.conditionals.find(number);
  if (pending !== undefined) return pending.account;
  for (const account of caller.user.accounts) {
    const found = await history.documentsOf<ConditionalRecord>('conditionals', account, () => true, number, number);
    if (found.length > 0) return account;
  }
  throw new Refusal(9006);
}

export const CONDITIONAL_ROUTES = [place, list, cancel, statistics];
