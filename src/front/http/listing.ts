/** Filters and pages of the lists (rest.md 1). */
import Type from 'typebox';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { accountOf, instrumentOf } from './resources.js';

export const PAGE_SIZE_DEFAULT = 20;
const MS = Type.Optional(Type.Integer({ minimum: 0, description: 'UTC milliseconds, inclusive.' }));

export const PageFields = {
  page: Type.Optional(Type.Integer({ minimum: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
};
export const TimeFields = { start_time: MS, end_time: MS };
export const PageResultFields = { total: Type.Integer(), page: Type.Integer(), page_size: Type.Integer() };

interface PageQuery {
  page?: number;
  page_size?: number;
}

interface TimeQuery {
  start_time?: number;
  end_time?: number;
}

/** One page of a list, its rows rendered. */
export function pageOf<T, V>(rows: readonly T[], query: PageQuery, render: (row: T) => V) {
  const page = query.page ?? 1;
  const size = query.page_size ?? PAGE_SIZE_DEFAULT;
  const start = (page - 1) * size;
  return { rows: rows.slice(start, start + size).map(render), total: rows.length, page, page_size: size };
}

/** Whether a time in µs lies in the range asked for. Throws 9008 for a range that ends before it starts. */
export function timeFilter(query: TimeQuery): (timeUs: number) => boolean {
  const { start_time: start = 0, end_time: end = Infinity } = query;
  if (start > end) throw new Refusal(9008, [{ field: 'start_time', reason: 'must not be after end_time' }]);
  // a time in the last millisecond of the range is inside, whatever its µs
  return (timeUs) => timeUs >= start * 1000 && timeUs < (end + 1) * 1000;
}

/** The same range in µs: from the first to before the second. Throws 9008 for a range that ends before it starts. */
export function timeRangeUs({ start_time: start = 0, end_time: end = Infinity }: TimeQuery): { fromUs: number; behindUs: number } {
  if (start > end) throw new Refusal(9008, [{ field: 'start_time', reason: 'must not be after end_time' }]);
  return { fromUs: start * 1000, behindUs: (end + 1) * 1000 };
}

/** The instrument a query names, 0 for none; throws 1007. */
export function instrumentFilter(state: ExchangeState, id: string | undefined): number {
  return id === undefined ? 0 : instrumentOf(state, id).instrument;
}

/** The accounts of a user, or the one of them a query names; throws 1006, and 9006 for another user's. */
export function accountFilter(state: ExchangeState, user: number, id: string | undefined): readonly number[] {
  if (id === undefined) return state.users.get(user)!.accounts;
  const account = accountOf(state, id);
  if (state.accounts.user[account] !== user) throw new Refusal(9006);
  return [account];
}
