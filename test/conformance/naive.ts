/**
 * The rules of the conformance format written as plainly as possible: lists that are filtered and sorted anew for every
 * step, and every tick tried for an auction. It shares nothing with the exchange; where both and a case agree, three
 * independent readings of the rules do.
 */

interface Step {
  op: string;
  id: number;
  side?: string;
  price?: number;
  qty?: number;
  tif?: string;
  postOnly?: boolean;
  account?: number;
  stp?: string;
}

interface Order {
  id: number;
  side: string;
  price: number;
  open: number;
  account: number | undefined;
  stp: string | undefined;
  postOnly: boolean;
}

export interface ContinuousCase {
  name: string;
  features?: string[];
  steps: Step[];
  expect: ContinuousOutcome;
}

export interface ContinuousOutcome {
  trades: { maker: number; taker: number; price: number; qty: number }[];
  bids: number[][];
  asks: number[][];
  rejected: number[];
  rejectedSteps: number[];
  expired: number[][];
}

export interface AuctionCase {
  name: string;
  reference: number;
  orders: { id: number; side: string; price: number; qty: number }[];
  expect: AuctionOutcome;
}

export interface AuctionOutcome {
  price: number | null;
  volume: number;
  imbalance: number;
  fills: number[][];
  bids: number[][];
  asks: number[][];
}

export function playContinuous({ steps, features = [] }: ContinuousCase): ContinuousOutcome {
  return new NaiveExchange(features.includes('positive-prices-only')).play(steps);
}

class NaiveExchange {
  /** Oldest place first. */
  private orders: Order[] = [];
  private readonly outcome: ContinuousOutcome = { trades: [], bids: [], asks: [], rejected: [], rejectedSteps: [], expired: [] };

  constructor(private readonly positiveOnly: boolean) {}

  play(steps: readonly Step[]): ContinuousOutcome {
    for (const [index, step] of steps.entries()) {
      if (this.accepts(step)) continue;
      this.outcome.rejectedSteps.push(index);
      if (step.op === 'limit' || step.op === 'market') this.outcome.rejected.push(step.id);
    }
    this.outcome.bids = levels(this.orders, 'buy');
    this.outcome.asks = levels(this.orders, 'sell');
    return this.outcome;
  }

  private accepts(step: Step): boolean {
    if (step.op === 'cancel') return this.cancels(step);
    if (step.op === 'amend') return this.amends(step);
    return this.enters(step);
  }

  private cancels({ id, account }: Step): boolean {
    const order = this.owned(id, account);
    if (order === undefined) return false;
    this.orders = this.orders.filter((it) => it !== order);
    return true;
  }

  private amends({ id, qty, price, account }: Step): boolean {
    const order = this.owned(id, account);
    if (order === undefined || (qty !== undefined && qty <= 0)) return false;
    if (price !== undefined && price <= 0 && this.positiveOnly) return false;
    if (order.postOnly && price !== undefined && this.crossing({ ...order, price }).length > 0) return false;
    const keeps = (price === undefined || price === order.price) && (qty === undefined || qty <= order.open);
    const changed = { ...order, price: price ?? order.price, open: qty ?? order.open };
    if (keeps) {
      this.orders = this.orders.map((it) => (it === order ? changed : it));
      return true;
    }
    this.orders = this.orders.filter((it) => it !== order);
    if (this.trade(changed)) this.orders.push(changed);
    return true;
  }

  private enters({ op, id, side = '', price, qty = 0, tif = 'GTC', postOnly = false, account, stp }: Step): boolean {
    if (qty <= 0 || this.orders.some((it) => it.id === id)) return false;
    const atAnyPrice = side === 'buy' ? Infinity : -Infinity;
    const order: Order = { id, side, price: op === 'market' ? atAnyPrice : price!, open: qty, account, stp, postOnly };
    if (this.positiveOnly && op === 'limit' && order.price <= 0) return false;
    const makers = this.crossing(order);
    if (postOnly && makers.length > 0) return false;
    if (tif === 'FOK' && sum(this.fillable(order, makers)) < qty) return false;
    if (!this.trade(order)) return true;
    if (op === 'market' || tif !== 'GTC') this.outcome.expired.push([id, order.open]);
    else this.orders.push(order);
    return true;
  }

  /** True when something is left that may rest or expire. */
  private trade(taker: Order): boolean {
    for (const maker of this.crossing(taker)) {
      if (isOwn(taker, maker)) {
        const takesMaker = taker.stp !== 'cancel-taker';
        const takesTaker = taker.stp !== 'cancel-maker';
        if (takesMaker) {
          this.outcome.expired.push([maker.id, maker.open]);
          this.orders = this.orders.filter((it) => it !== maker);
        }
        if (!takesTaker) continue;
        this.outcome.expired.push([taker.id, taker.open]);
        return false;
      }
      const qty = Math.min(taker.open, maker.open);
      taker.open -= qty;
      maker.open -= qty;
      this.outcome.trades.push({ maker: maker.id, taker: taker.id, price: maker.price, qty });
      this.orders = this.orders.filter((it) => it.open > 0);
      if (taker.open === 0) return false;
    }
    return true;
  }

  /** Lots of others that the order would get, up to where prevention ends it. */
  private fillable(taker: Order, makers: readonly Order[]): number[] {
    const end = taker.stp === 'cancel-maker' ? -1 : makers.findIndex((maker) => isOwn(taker, maker));
    return (end < 0 ? makers : makers.slice(0, end)).filter((maker) => !isOwn(taker, maker)).map(({ open }) => open);
  }

  /** Resting orders that the order would meet, first to trade first. */
  private crossing({ side, price }: Order): Order[] {
    const sign = side === 'buy' ? 1 : -1;
    const opposite = this.orders.filter((it) => it.side !== side && sign * it.price <= sign * price);
    // Sorting keeps the order of equal elements: that is time.
    return opposite.sort((a, b) => sign * (a.price - b.price));
  }

  private owned(id: number, account: number | undefined): Order | undefined {
    return this.orders.find((it) => it.id === id && (account === undefined || account === it.account));
  }
}

function isOwn(taker: Order, maker: Order): boolean {
  return taker.stp !== undefined && taker.account !== undefined && taker.account === maker.account;
}

export function playAuction({ reference, orders }: AuctionCase): AuctionOutcome {
  const buys = orders.filter(({ side }) => side === 'buy');
  const sells = orders.filter(({ side }) => side === 'sell');
  const demand = (price: number): number => sum(buys.filter((it) => it.price >= price).map(({ qty }) => qty));
  const supply = (price: number): number => sum(sells.filter((it) => it.price <= price).map(({ qty }) => qty));
  const price = auctionPrice(
    orders.map((it) => it.price),
    demand,
    supply,
    reference,
  );
  const volume = price === null ? 0 : Math.min(demand(price), supply(price));
  const fills = new Map<number, number>();
  for (const [side, sign] of [
    [buys, -1],
    [sells, 1],
  ] as const) {
    let left = volume;
    for (const { id, qty } of [...side].sort((a, b) => sign * (a.price - b.price))) {
      fills.set(id, Math.min(left, qty));
      left -= Math.min(left, qty);
    }
  }
  const rest = orders.map((it) => ({ ...it, open: it.qty - fills.get(it.id)! })).filter(({ open }) => open > 0);
  return {
    price,
    volume,
    imbalance: price === null ? 0 : demand(price) - supply(price),
    fills: orders.map(({ id }) => [id, fills.get(id)!]).filter(([, qty]) => qty > 0),
    bids: levels(rest, 'buy'),
    asks: levels(rest, 'sell'),
  };
}

type Curve = (price: number) => number;

function auctionPrice(limits: readonly number[], demand: Curve, supply: Curve, reference: number): number | null {
  const [lowest, highest] = [Math.min(...limits), Math.max(...limits)];
  let prices: number[] = [];
  for (let price = lowest; price <= highest; price++) prices.push(price);
  const least = (figure: Curve): void => {
    const best = Math.min(...prices.map(figure));
    prices = prices.filter((price) => figure(price) === best);
  };
  least((price) => -Math.min(demand(price), supply(price)));
  if (prices.length === 0 || Math.min(demand(prices[0]), supply(prices[0])) === 0) return null;
  least((price) => Math.abs(demand(price) - supply(price)));
  const surpluses = prices.map((price) => demand(price) - supply(price));
  if (surpluses.every((surplus) => surplus > 0)) return prices.at(-1)!;
  if (surpluses.every((surplus) => surplus < 0)) return prices[0];
  // Of both signs: a price with better orders on the longer side left unfilled is none.
  const [lastOfBuyers, firstOfSellers] = [surpluses.findLastIndex((it) => it > 0), surpluses.findIndex((it) => it < 0)];
  if (lastOfBuyers >= 0) prices = [prices[lastOfBuyers], prices[firstOfSellers]];
  least((price) => Math.abs(price - reference));
  return prices.at(-1)!;
}

function levels(orders: readonly { side: string; price: number; open: number }[], side: string): number[][] {
  const lots = new Map<number, number>();
  for (const order of orders) if (order.side === side) lots.set(order.price, (lots.get(order.price) ?? 0) + order.open);
  return [...lots].sort(([a], [b]) => (side === 'buy' ? b - a : a - b));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
