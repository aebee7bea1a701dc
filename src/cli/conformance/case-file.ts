/**
 * The conformance format, as data: what an exchange must do with a list of steps, in neutral terms. Unknown fields are
 * ignored. A file that is none of it is a `CaseFileError`; what is wrong inside one case is that case's failure.
 */

export type CaseSide = 'buy' | 'sell';

/** Prices are whole ticks, quantities whole lots, ids whole numbers that a case chooses and may use again. */
export type Step =
  | { op: 'limit'; id: number; side: CaseSide; price: number; qty: number; tif: Tif; postOnly: boolean; account?: Account; stp?: Stp }
  | { op: 'market'; id: number; side: CaseSide; qty: number; account?: Account; stp?: Stp }
  | { op: 'cancel'; id: number; account?: Account }
  | { op: 'amend'; id: number; qty?: number; price?: number; account?: Account };

export type Account = number | string;
export const TIFS = ['GTC', 'IOC', 'FOK'] as const;
export type Tif = (typeof TIFS)[number];
export const STP_MODES = ['cancel-taker', 'cancel-maker', 'cancel-both'] as const;
export type Stp = (typeof STP_MODES)[number];

/** All that a case may ask for. */
export const FEATURES = ['amend', 'stp', 'post-only', 'ownership', 'positive-prices-only'];

/** Price and quantity of a level, or id and quantity of an order. */
export type Pair = [number, number];

export interface CaseTrade {
  maker: number;
  taker: number;
  price: number;
  qty: number;
}

export interface ContinuousExpect {
  trades: CaseTrade[];
  bids: Pair[];
  asks: Pair[];
  rejected: number[];
  rejectedSteps: number[];
  expired: Pair[];
}

export interface AuctionOrder {
  id: number;
  side: CaseSide;
  price: number;
  qty: number;
}

export interface AuctionExpect {
  /** Null: nothing trades. */
  price: number | null;
  volume: number;
  imbalance: number;
  fills: Pair[];
  bids: Pair[];
  asks: Pair[];
}

/** A case as it stands in the file: only name and features have been looked at. */
export interface RawCase {
  name: string;
  features: string[];
  isAuction: boolean;
  fields: Record<string, unknown>;
}

/** The file is not of the format; the message is one sentence. */
export class CaseFileError extends Error {}

/** Something in a case cannot be understood; the message says what. */
export class CaseError extends Error {}

export function readCases(file: string, text: string): RawCase[] {
  const content = parse(file, text);
  if (!isRecord(content) || !Array.isArray(content['cases'])) {
    throw new CaseFileError(`${file} is not a conformance file: it must be an object with "version": 1 and a list "cases".`);
  }
  const { version, kind } = content;
  if (version !== undefined && version !== 1) throw new CaseFileError(`${file} has version ${JSON.stringify(version)}; known is 1.`);
  return content['cases'].map((fields: unknown, index) => {
    if (!isRecord(fields)) throw new CaseFileError(`${file}: case ${index} is not an object.`);
    const name = typeof fields['name'] === 'string' ? fields['name'] : `case ${index}`;
    const features = fields['features'] ?? [];
    if (!isListOf(features, (it) => typeof it === 'string'))
      throw new CaseFileError(`${file}: the features of "${name}" are not a list of names.`);
    return { name, features, isAuction: kind === 'auction' || 'reference' in fields, fields };
  });
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CaseFileError(`${file} is not JSON: ${(error as Error).message}.`);
  }
}

export function stepsOf(fields: Record<string, unknown>): Step[] {
  return listIn(fields, 'steps').map((step, index) => readStep(step, `step ${index}`));
}

/** `where` names the step in messages. */
export function readStep(step: unknown, where: string): Step {
  if (!isRecord(step)) throw new CaseError(`${where} is not an object`);
  const { op } = step;
  const id = integer(step, 'id', where);
  const account = optional(
    step,
    'account',
    where,
    (it): it is Account => typeof it === 'string' || Number.isSafeInteger(it),
    'a number or a name',
  );
  switch (op) {
    case 'limit': {
      const tif = optional(step, 'tif', where, isOneOf(TIFS), `one of ${TIFS.join(', ')}`) ?? 'GTC';
      const postOnly = optional(step, 'postOnly', where, (it) => typeof it === 'boolean', 'true or false') ?? false;
      const [price, qty] = [integer(step, 'price', where), quantity(step, where)];
      return { op, id, side: sideIn(step, where), price, qty, tif, postOnly, account, stp: stpIn(step, where) };
    }
    case 'market':
      return { op, id, side: sideIn(step, where), qty: quantity(step, where), account, stp: stpIn(step, where) };
    case 'cancel':
      return { op, id, account };
    case 'amend': {
      const qty = step['qty'] === undefined ? undefined : quantity(step, where);
      const price = step['price'] === undefined ? undefined : integer(step, 'price', where);
      return { op, id, qty, price, account };
    }
    default:
      throw new CaseError(`${where} has the unknown op ${JSON.stringify(op)}`);
  }
}

/** Lists that the case does not have are undefined: they are not compared. */
export function continuousExpectOf(fields: Record<string, unknown>): Partial<ContinuousExpect> {
  const expect = expectIn(fields);
  return {
    trades: optionalList(expect, 'trades', (it) => readTrade(it, 'a trade of expect')),
    bids: optionalList(expect, 'bids', readPair),
    asks: optionalList(expect, 'asks', readPair),
    rejected: optionalList(expect, 'rejected', readInteger),
    rejectedSteps: optionalList(expect, 'rejectedSteps', readInteger),
    expired: optionalList(expect, 'expired', readPair),
  };
}

export function auctionExpectOf(fields: Record<string, unknown>): Partial<AuctionExpect> {
  const expect = expectIn(fields);
  const number = (key: string): number | undefined => (expect[key] === undefined ? undefined : integer(expect, key, 'expect'));
  return {
    price: expect['price'] === null ? null : number('price'),
    volume: number('volume'),
    imbalance: number('imbalance'),
    fills: optionalList(expect, 'fills', readPair),
    bids: optionalList(expect, 'bids', readPair),
    asks: optionalList(expect, 'asks', readPair),
  };
}

export function auctionOrdersOf(fields: Record<string, unknown>): AuctionOrder[] {
  return listIn(fields, 'orders').map((order, index) => {
    const where = `order ${index}`;
    if (!isRecord(order)) throw new CaseError(`${where} is not an object`);
    return {
      id: integer(order, 'id', where),
      side: sideIn(order, where),
      price: integer(order, 'price', where),
      qty: quantity(order, where),
    };
  });
}

/** Price that the auction leans to, in ticks; it may lie between two of them. */
export function referenceOf(fields: Record<string, unknown>): number {
  const { reference } = fields;
  if (typeof reference !== 'number') throw new CaseError('reference is not a number');
  return reference;
}

export function readTrade(trade: unknown, where: string): CaseTrade {
  if (!isRecord(trade)) throw new CaseError(`${where} is not an object`);
  const [maker, taker] = [integer(trade, 'maker', where), integer(trade, 'taker', where)];
  return { maker, taker, price: integer(trade, 'price', where), qty: integer(trade, 'qty', where) };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expectIn(fields: Record<string, unknown>): Record<string, unknown> {
  if (!isRecord(fields['expect'])) throw new CaseError('expect is not an object');
  return fields['expect'];
}

function listIn(fields: Record<string, unknown>, key: string): unknown[] {
  const list = fields[key];
  if (!Array.isArray(list)) throw new CaseError(`${key} is not a list`);
  return list as unknown[];
}

function optionalList<T>(fields: Record<string, unknown>, key: string, read: (value: unknown) => T): T[] | undefined {
  return fields[key] === undefined ? undefined : listIn(fields, key).map(read);
}

function readInteger(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new CaseError(`${JSON.stringify(value)} in expect is not a whole number`);
  return value as number;
}

function readPair(value: unknown): Pair {
  if (!Array.isArray(value) || value.length < 2) throw new CaseError(`${JSON.stringify(value)} in expect is not a pair of numbers`);
  return [readInteger(value[0]), readInteger(value[1])];
}

function integer(fields: Record<string, unknown>, key: string, where: string): number {
  if (!Number.isSafeInteger(fields[key])) throw new CaseError(`${where}: ${key} is not a whole number`);
  return fields[key] as number;
}

/** Lots of one order; the largest is what a frame holds. */
function quantity(fields: Record<string, unknown>, where: string): number {
  const lots = integer(fields, 'qty', where);
  if (lots > 0xffff_ffff) throw new CaseError(`${where}: qty is above 4294967295, the most that one order holds`);
  return lots;
}

function sideIn(fields: Record<string, unknown>, where: string): CaseSide {
  const { side } = fields;
  if (side !== 'buy' && side !== 'sell') throw new CaseError(`${where}: side is neither "buy" nor "sell"`);
  return side;
}

function stpIn(fields: Record<string, unknown>, where: string): Stp | undefined {
  return optional(fields, 'stp', where, isOneOf(STP_MODES), `one of ${STP_MODES.join(', ')}`);
}

function optional<T>(
  fields: Record<string, unknown>,
  key: string,
  where: string,
  is: (value: unknown) => value is T,
  what: string,
): T | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (!is(value)) throw new CaseError(`${where}: ${key} is ${JSON.stringify(value)}, not ${what}`);
  return value;
}

function isOneOf<T extends string>(names: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => names.includes(value as T);
}

function isListOf<T>(value: unknown, is: (it: unknown) => it is T): value is T[] {
  return Array.isArray(value) && value.every(is);
}
