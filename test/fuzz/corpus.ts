/** Messages that are right, for faults to be put into: both protocols of `/ws`. */
import { FrameBuffer } from '../../src/wire/frame-buffer.js';
import { Channel } from '../../src/wire/market/channels.js';
import {
  addAmend,
  addCancel,
  addInstruments,
  addLogin,
  addMassCancel,
  addPing,
  addSubmit,
  addSubscribe,
  addUnsubscribe,
} from '../../src/wire/session-requests.js';
import { LIMIT_ORDER } from '../front/websocket/binary-client.js';
import { limitOrder } from '../front/websocket/floor.js';

export interface Message {
  readonly bytes: Uint8Array;
  readonly isBinary: boolean;
}

/** Of a report: sending all of them again and again would be all that is tested. */
const NEVER_GIVEN = 1_000_000;

/** `account` belongs to `user`, `foreign` to another; orders from 1 on may exist. */
export function corpus(user: number, account: number, accountId: string, foreign: number): { binary: Message[]; json: Message[] } {
  const token = `token of ${user}`;
  const frames: ((out: FrameBuffer) => void)[] = [
    (out) => addSubmit(out, 1, { ...LIMIT_ORDER, account }),
    (out) => addSubmit(out, 2, { ...LIMIT_ORDER, account, side: 1, clientOrderId: 'fuzz' }),
    (out) => addSubmit(out, 3, { ...LIMIT_ORDER, account, timeCondition: 0, volumeCondition: 1, minVolume: 1, volume: 3 }),
    (out) => addCancel(out, 4, account, 1),
    (out) => addCancel(out, 11, foreign, 1),
    (out) => addCancel(out, 5, account, 0, 'fuzz'),
    (out) => addAmend(out, 6, account, 1, 990_000, 2),
    (out) => addMassCancel(out, 7, account, 1, 2),
    (out) => addPing(out, 8, 1),
    (out) => addInstruments(out, 9),
    (out) => addSubscribe(out, 12, Channel.orderbook | Channel.tick | Channel.kline, [1], 3, 20),
    (out) => addUnsubscribe(out, 13, Channel.tick, [1]),
    (out) => addLogin(out, 10, token, [{ account, reportSeq: NEVER_GIVEN }], false),
  ];
  const texts = [
    limitOrder(accountId, 'BUY', 1, 99, { request_id: '1' }),
    limitOrder(accountId, 'SELL', 2, 99, { client_order_id: 'fuzz', time_condition: 'IOC' }),
    limitOrder(accountId, 'BUY', 1, 0, { order_type: 'MARKET', max_slippage_ticks: 3, post_only: false }),
    { type: 'cancel_order', account_id: accountId, order_id: 'O0000000000000001', request_id: '2' },
    { type: 'ping', request_id: '3' },
    { type: 'auth', token, last_seq: { [accountId]: NEVER_GIVEN } },
    { type: 'subscribe', channels: ['orderbook', 'ticker'], instruments: ['SIM.x'], depth: 3 },
    { type: 'unsubscribe', channels: ['ticker'], instruments: [] },
    { type: 'query_order', order_id: 'O0000000000000001' },
    { type: 'query_account', account_id: accountId },
    { type: 'query_position' },
  ];
  const binary = frames.map((add) => {
    const out = new FrameBuffer();
    add(out);
    return { bytes: Uint8Array.from(out.message()), isBinary: true };
  });
  return { binary, json: texts.map((text) => ({ bytes: Buffer.from(JSON.stringify(text)), isBinary: false })) };
}
