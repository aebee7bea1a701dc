/** The offsets of the binary protocol against the accessors that flatc generates: every field of every struct. */
import { Builder, ByteBuffer } from 'flatbuffers';
import t from 'tap';
import { FrameBuffer } from '../../src/wire/frame-buffer.js';
import * as generated from '../../src/wire/generated/session.js';
import {
  addLoginAnswer,
  addMassCancelAnswer,
  addOrderAnswer,
  addPong,
  addProblem,
  addSystemNotice,
} from '../../src/wire/session-answers.js';
import { headKind, headLength, headRequest, headTextLength, readText } from '../../src/wire/session-head.js';
import * as market from '../../src/wire/market/market-layout.js';
import * as layout from '../../src/wire/session-layout.js';
import { addAmend, addCancel, addInstruments, addLogin, addMassCancel, addPing, addSubmit } from '../../src/wire/session-requests.js';

interface StructObject {
  pack(builder: Builder): number;
}

/** Each struct with its offsets and size. `head` and reserved fields have none of their own. */
const STRUCTS: readonly [string, new () => StructObject, object, number][] = [
  ['LoginRequest', generated.LoginRequestT, layout.LoginAt, layout.LOGIN_BYTES],
  ['ResumePoint', generated.ResumePointT, layout.ResumePointAt, layout.RESUME_POINT_BYTES],
  ['SubmitRequest', generated.SubmitRequestT, layout.SubmitAt, layout.SUBMIT_BYTES],
  ['CancelRequest', generated.CancelRequestT, layout.CancelRequestAt, layout.CANCEL_REQUEST_BYTES],
  ['AmendRequest', generated.AmendRequestT, layout.AmendRequestAt, layout.AMEND_REQUEST_BYTES],
  ['MassCancelRequest', generated.MassCancelRequestT, layout.MassCancelAt, layout.MASS_CANCEL_BYTES],
  ['PingRequest', generated.PingRequestT, layout.PingAt, layout.PING_BYTES],
  ['InstrumentsRequest', generated.InstrumentsRequestT, {}, layout.INSTRUMENTS_BYTES],
  ['LoginAnswer', generated.LoginAnswerT, layout.LoginAnswerAt, layout.LOGIN_ANSWER_BYTES],
  ['OrderAnswer', generated.OrderAnswerT, layout.OrderAnswerAt, layout.ORDER_ANSWER_BYTES],
  ['MassCancelAnswer', generated.MassCancelAnswerT, layout.MassCancelAnswerAt, layout.MASS_CANCEL_ANSWER_BYTES],
  ['Pong', generated.PongT, layout.PongAt, layout.PONG_BYTES],
  ['InstrumentDefinition', generated.InstrumentDefinitionT, layout.InstrumentAt, layout.INSTRUMENT_BYTES],
  ['Problem', generated.ProblemT, layout.ProblemAt, layout.PROBLEM_BYTES],
  ['OrderReport', generated.OrderReportT, layout.OrderReportAt, layout.ORDER_REPORT_BYTES],
  ['TradeReport', generated.TradeReportT, layout.TradeReportAt, layout.TRADE_REPORT_BYTES],
  ['FundReport', generated.FundReportT, layout.FundReportAt, layout.FUND_REPORT_BYTES],
  ['AccountState', generated.AccountStateT, layout.AccountStateAt, layout.ACCOUNT_STATE_BYTES],
  ['PositionState', generated.PositionStateT, layout.PositionStateAt, layout.POSITION_STATE_BYTES],
  ['SystemNotice', generated.SystemNoticeT, layout.SystemNoticeAt, layout.SYSTEM_NOTICE_BYTES],
  ['SubscribeRequest', generated.SubscribeRequestT, layout.SubscribeAt, layout.SUBSCRIBE_BYTES],
  ['UnsubscribeRequest', generated.UnsubscribeRequestT, layout.UnsubscribeAt, layout.UNSUBSCRIBE_BYTES],
  ['SubscribeAnswer', generated.SubscribeAnswerT, layout.SubscribeAnswerAt, layout.SUBSCRIBE_ANSWER_BYTES],
  ['Tick', generated.TickT, market.TickAt, market.TICK_BYTES],
  ['BestPrices', generated.BestPricesT, market.BestPricesAt, market.BEST_PRICES_BYTES],
  ['BookUpdate', generated.BookUpdateT, market.BookUpdateAt, market.BOOK_UPDATE_BYTES],
  ['BookPicture', generated.BookPictureT, market.BookPictureAt, market.BOOK_PICTURE_BYTES],
  ['BookLevel', generated.BookLevelT, market.BookLevelAt, market.BOOK_LEVEL_BYTES],
  ['KLine', generated.KLineT, market.KLineAt, market.KLINE_BYTES],
  ['MarketText', generated.MarketTextT, market.MarketTextAt, market.MARKET_TEXT_BYTES],
];

/** The bytes of a struct as flatc's own code writes them. */
function packed(object: StructObject): Uint8Array {
  const builder = new Builder(256);
  const offset = object.pack(builder);
  const all = builder.dataBuffer().bytes();
  return all.slice(all.length - offset);
}

/** A struct whose fields are 0 but for one. */
function withOne(type: new () => StructObject, field: string): StructObject {
  const object = new type() as StructObject & Record<string, unknown>;
  for (const [name, value] of Object.entries(object)) if (typeof value === 'number') object[name] = 0;
  if ('head' in object) object['head'] = new generated.SessionHeadT();
  object[field] = 1;
  return object;
}

/** Offsets of the bytes that are not 0. */
function written(bytes: Uint8Array): number[] {
  return [...bytes.keys()].filter((index) => bytes[index] !== 0);
}

t.test('every field lies where the schema says, and structs are as long', async (t) => {
  for (const [name, type, offsets, size] of STRUCTS) {
    t.equal(packed(withOne(type, 'none')).length, size, name);
    const fields = Object.keys(new type()).filter((field) => field !== 'head' && !field.startsWith('reserved') && !/^id\d/.test(field));
    t.same(new Set(Object.keys(offsets).filter((field) => field !== 'id')), new Set(fields), `${name}: all fields`);
    for (const field of fields) {
      const [first] = written(packed(withOne(type, field)));
      const at = (offsets as Record<string, number>)[field];
      // 1 as a little-endian integer begins with its only byte; as a double it ends with 0xf0 0x3f
      t.ok(first === at || first === at + 6, `${name}.${field} at ${at}, found ${first}`);
    }
  }
});

t.test('the head has its fields in their places', async (t) => {
  const out = new FrameBuffer();
  addCancel(out, 0xfedc_ba98, 7, 42, 'twelve chars');
  const head = new generated.SessionHead().__init(0, new ByteBuffer(out.bytes));
  t.match(head.unpack(), { length: 88, kind: layout.SessionKind.CANCEL, textLength: 12, request: 0xfedc_ba98 });
  t.same([headLength(out.view, 0), headKind(out.view, 0), headTextLength(out.view, 0), headRequest(out.view, 0)], [88, 3, 12, 0xfedc_ba98]);
  t.equal(readText(out.view, layout.CANCEL_REQUEST_BYTES, 12), 'twelve chars');
});

t.test('the generated accessors read what our writers write', async (t) => {
  const out = new FrameBuffer(8);
  const read = <T>(type: new () => { __init(at: number, buffer: ByteBuffer): { unpack(): T } }, add: () => void): T => {
    const at = out.length;
    add();
    return new type().__init(at, new ByteBuffer(out.bytes)).unpack();
  };
  const order = {
    account: 1,
    instrument: 2,
    price: 3,
    volume: 4,
    minVolume: 5,
    gtdDate: 6,
    maxSlippageTicks: 7,
    side: 1,
    offset: 3,
    priceType: 2,
    timeCondition: 255,
    volumeCondition: 2,
    selfTradeMode: 5,
    residual: 1,
    postOnly: 1,
  };
  t.match(
    read(generated.SubmitRequest, () => addSubmit(out, 9, { ...order, clientOrderId: 'mine' })),
    order,
  );
  const amend = { orderId: 2 ** 52, newPrice: 5, account: 6, newVolume: 7 };
  t.match(
    read(generated.AmendRequest, () => addAmend(out, 9, 6, 2 ** 52, 5, 7)),
    amend,
  );
  t.match(
    read(generated.MassCancelRequest, () => addMassCancel(out, 9, 1, 2, 2)),
    { account: 1, instrument: 2, side: 2 },
  );
  t.match(
    read(generated.PingRequest, () => addPing(out, 9, 1.5e15)),
    { clientTimeUs: 1.5e15 },
  );
  read(generated.InstrumentsRequest, () => addInstruments(out, 9));
  const resume = [{ account: 3, reportSeq: 4 }];
  t.match(
    read(generated.LoginRequest, () => addLogin(out, 9, 'token', resume, true)),
    { tokenLength: 5, resumeCount: 1, cancelOnDisconnect: 1 },
  );
  t.match(new generated.ResumePoint().__init(out.length - layout.RESUME_POINT_BYTES, new ByteBuffer(out.bytes)).unpack(), resume[0]);
  t.match(
    read(generated.OrderAnswer, () => addOrderAnswer(out, 9, 4, 2, 3, 5, 400, 3004, 1012)),
    { orderId: 2, receiveUs: 3, durableUs: 5, status: 400, code: 3004, action: 4, detail: 1012 },
  );
  t.match(
    read(generated.LoginAnswer, () => addLoginAnswer(out, 9, 2, 3, 4, 5)),
    { expiresUs: 2, user: 3, accountCount: 4, code: 5 },
  );
  t.match(
    read(generated.MassCancelAnswer, () => addMassCancelAnswer(out, 9, 2, 3, 4102)),
    { cancelled: 2, failedInstruments: 3, code: 4102 },
  );
  t.match(
    read(generated.Pong, () => addPong(out, 9, 2, 3)),
    { clientTimeUs: 2, timeUs: 3 },
  );
  t.match(
    read(generated.Problem, () => addProblem(out, 9, 9003, 7)),
    { code: 9003, cause: 7 },
  );
  t.match(
    read(generated.SystemNotice, () => addSystemNotice(out, 2, 7)),
    { event: 2, account: 7 },
  );
  t.equal(out.count, 12);
  t.equal(out.message().length % 8, 0);
});
