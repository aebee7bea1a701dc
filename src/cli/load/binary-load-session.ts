/** One connection of the generator that speaks the binary protocol: requests are prebuilt frames with a few fields put in. */
import { framesOf, binary } from '../../client/index.js';
import { FrameBuffer } from '../../wire/frame-buffer.js';
import { headKind, headLength, headRequest } from '../../wire/session-head.js';
import {
  CANCEL_REQUEST_BYTES,
  AccountStateAt,
  CancelRequestAt,
  FundReportAt,
  HEAD_BYTES,
  HeadAt,
  NoticeEvent,
  OrderAnswerAt,
  OrderReportAt,
  SUBMIT_BYTES,
  SubmitAt,
  SystemNoticeAt,
  TEXT_BYTES,
  TradeReportAt,
} from '../../wire/session-layout.js';
import { addCancel, addInstruments, addLogin, addSubmit } from '../../wire/session-requests.js';
import type { Comeback, KeptRequest } from './comeback.js';
import { ANSWERED, LoadSession, nameOf, type SessionParts } from './load-session.js';
import { RequestKind, type LoadInstrument } from './order-mix.js';

const { Offset, OrderStatus, SessionKind, TimeCondition } = binary;
const LOGIN_REQUEST = 0xffff_fffe;
const PRICE_UNITS = 10_000;

export class BinaryLoadSession extends LoadSession {
  private readonly accountNumbers: readonly number[];
  private readonly accountIndexes: ReadonlyMap<number, number>;
  private readonly prices: readonly Float64Array[];
  /** The exchange's numbers of the instruments. */
  private readonly instrumentNumbers: Uint32Array;
  private readonly instrumentIndexes = new Map<number, number>();
  /** A submit and a cancel, whole but for what differs. */
  private readonly submit = new FrameBuffer(SUBMIT_BYTES + TEXT_BYTES);
  private readonly cancel = new FrameBuffer(CANCEL_REQUEST_BYTES);
  /** Of the bytes read last: one view for all frames of a read. */
  private read: Buffer = Buffer.alloc(0);
  private view = new DataView(this.read.buffer);

  constructor(
    parts: SessionParts,
    accounts: readonly string[],
    private readonly instruments: readonly LoadInstrument[],
  ) {
    super(parts);
    this.accountNumbers = accounts.map(accountNumber);
    this.accountIndexes = new Map(this.accountNumbers.map((account, index) => [account, index]));
    this.prices = instruments.map(({ prices }) => Float64Array.from(prices, (price) => Math.round(Number(price) * PRICE_UNITS)));
    // an echo server knows none: any numbers do
    this.instrumentNumbers = Uint32Array.from(instruments, (_, index) => index + 1);
    const order = { account: 0, instrument: 0, price: 0, volume: 0, side: 0, offset: 0, timeCondition: 0, clientOrderId: '' };
    const usual = {
      minVolume: 0,
      gtdDate: 0,
      maxSlippageTicks: 0,
      priceType: 0,
      volumeCondition: 0,
      selfTradeMode: 0,
      residual: 0,
      postOnly: 0,
    };
    addSubmit(this.submit, 0, { ...usual, ...order });
    addCancel(this.cancel, 0, 0, 0);
  }

  protected override async enter(url: string, token: string | undefined): Promise<void> {
    await this.connect(url, binary.BINARY_SUBPROTOCOL);
    if (token === undefined) return;
    const points = [...(this.comeback?.resumePoints() ?? [])];
    const resume = points.map(([account, reportSeq]) => ({ account: account as number, reportSeq }));
    await this.answered(() => {
      const out = new FrameBuffer();
      addLogin(out, LOGIN_REQUEST, token, resume, false);
      addInstruments(out, LOGIN_REQUEST);
      this.queue(out.message());
      this.socket.flush();
    });
  }

  protected override write(number: number): void {
    const { mix, cancel } = this;
    mix.choose();
    if (mix.kind === RequestKind.Cancel) {
      cancel.view.setUint32(HeadAt.request, number, true);
      cancel.view.setFloat64(CancelRequestAt.orderId, mix.orderId as number, true);
      cancel.view.setUint32(CancelRequestAt.account, this.accountNumbers[mix.account], true);
      this.post(number, cancel, CANCEL_REQUEST_BYTES);
    } else {
      this.post(number, this.submit, this.writeSubmit(number, mix.clientOrderId(number)));
    }
  }

  /** Gives the bytes of the frame. */
  private writeSubmit(number: number, clientOrderId: string): number {
    const { mix } = this;
    const { view } = this.submit;
    view.setUint32(HeadAt.request, number, true);
    view.setFloat64(SubmitAt.price, this.prices[mix.instrument][mix.price], true);
    view.setUint32(SubmitAt.account, this.accountNumbers[mix.account], true);
    view.setUint32(SubmitAt.instrument, this.instrumentNumbers[mix.instrument], true);
    view.setUint32(SubmitAt.volume, mix.lots, true);
    const offset = mix.offset === 0 ? Offset.OPEN : Offset.CLOSETODAY;
    const timeCondition = mix.isImmediate ? TimeCondition.IOC : TimeCondition.GFD;
    view.setUint32(SubmitAt.side, mix.direction | (offset << 8) | (timeCondition << 24), true);
    if (clientOrderId === '') return SUBMIT_BYTES;
    view.setUint16(0, SUBMIT_BYTES + TEXT_BYTES, true);
    view.setUint8(HeadAt.textLength, clientOrderId.length);
    for (let index = 0; index < TEXT_BYTES; index++) {
      view.setUint8(SUBMIT_BYTES + index, index < clientOrderId.length ? clientOrderId.charCodeAt(index) : 0);
    }
    return SUBMIT_BYTES + TEXT_BYTES;
  }

  private post(number: number, frame: FrameBuffer, bytes: number): void {
    this.comeback?.keep(number, frame.bytes.slice(0, bytes));
    if (this.comeback?.isAway === true) return;
    const at = this.socket.queueBinary(bytes);
    copy(frame.view, this.socket.view, at, bytes);
  }

  protected override queue(request: KeptRequest): void {
    const bytes = request as Uint8Array;
    const at = this.socket.queueBinary(bytes.length);
    new Uint8Array(this.socket.view.buffer).set(bytes, at);
  }

  protected override receiveFrames(bytes: Buffer, start: number, end: number): void {
    if (this.authenticated !== undefined) this.readLogin(bytes.subarray(start, end), this.authenticated);
    if (bytes !== this.read) {
      this.read = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const { view } = this;
    for (let at = start; at + HEAD_BYTES <= end; at += headLength(view, at)) this.readFrame(view, at, headKind(view, at));
  }

  /** The answer to the login, and behind it the instruments. */
  private readLogin(message: Uint8Array, authenticated: (answer: string) => void): void {
    for (const frame of framesOf(message)) {
      if (frame.kind === SessionKind.LOGIN_ANSWER && frame['code'] !== 0) authenticated(`code ${frame['code']}`);
      if (frame.kind === SessionKind.PROBLEM) authenticated(`code ${frame['code']}`);
      if (frame.kind !== SessionKind.INSTRUMENT) continue;
      const index = this.instruments.findIndex(({ instrumentId }) => instrumentId === frame.instrumentId);
      if (index >= 0) {
        this.instrumentNumbers[index] = Number(frame['instrument']);
        this.instrumentIndexes.set(Number(frame['instrument']), index);
      }
      if (frame['remaining'] === 0) authenticated('');
    }
  }

  private readFrame(view: DataView, at: number, kind: number): void {
    if (this.comeback !== undefined) keepCount(this.comeback, view, at, kind);
    if (kind === SessionKind.ORDER_ANSWER) this.readAnswer(view, at);
    else if (kind === SessionKind.ORDER_REPORT) this.readReport(view, at);
    else if (kind === SessionKind.TRADE_REPORT) this.readTrade(view, at);
    else if (kind === SessionKind.SUBMIT || kind === SessionKind.CANCEL) this.readEcho(view, at);
    else if (kind === SessionKind.PROBLEM && headRequest(view, at) !== LOGIN_REQUEST) this.readAnswer(view, at);
  }

  private readAnswer(view: DataView, at: number): void {
    const number = headRequest(view, at);
    const slot = this.answer(number);
    if (slot < 0) return;
    const requested = this.kinds[slot];
    this.kinds[slot] = ANSWERED;
    const isProblem = headKind(view, at) === SessionKind.PROBLEM;
    const code = view.getUint16(at + (isProblem ? HEAD_BYTES : OrderAnswerAt.code), true);
    if (code === 0) this.acknowledge(slot, requested, number, view.getFloat64(at + OrderAnswerAt.orderId, true));
    else this.refuse(requested, number, code);
  }

  /** An echo server acknowledges everything. */
  private readEcho(view: DataView, at: number): void {
    const number = headRequest(view, at);
    const slot = this.answer(number);
    if (slot < 0) return;
    const requested = this.kinds[slot];
    this.kinds[slot] = ANSWERED;
    this.acknowledge(slot, requested, number, number);
  }

  private readTrade(view: DataView, at: number): void {
    if (this.hooks.traded === undefined) return;
    const trade = nameOf(view.getFloat64(at + TradeReportAt.tradeId, true)).replace('O', 'T');
    this.hooks.traded(trade, nameOf(view.getFloat64(at + TradeReportAt.orderId, true)));
  }

  /** Keeps the holdings: fills of opening orders, and the rest of closing orders that ended unfilled. */
  private readReport(view: DataView, at: number): void {
    const status = view.getUint16(at + OrderReportAt.status, true);
    const fills = status === OrderStatus.PartiallyFilled || status === OrderStatus.Filled;
    if (!fills && status !== OrderStatus.Cancelled) return;
    const opens = view.getUint8(at + OrderReportAt.offset) === Offset.OPEN;
    const filled = view.getUint32(at + OrderReportAt.filled, true);
    const lots = fills ? view.getUint32(at + OrderReportAt.lastFill, true) : view.getUint32(at + OrderReportAt.volume, true) - filled;
    if (fills && filled === lots) this.counts.ordersTraded++;
    if (opens !== fills) return;
    const account = this.accountIndexes.get(view.getUint32(at + OrderReportAt.account, true));
    const instrument = this.instrumentIndexes.get(view.getUint32(at + OrderReportAt.instrument, true));
    if (account === undefined || instrument === undefined) return;
    const buys = view.getUint8(at + OrderReportAt.side) === 0;
    // a closing order that ended gives back lots of the other side
    this.mix.openedAt(account, instrument, fills ? buys : !buys, lots);
  }
}

/** Follows the numbers of the reports. */
function keepCount(comeback: Comeback, view: DataView, at: number, kind: number): void {
  if (kind === SessionKind.ORDER_REPORT) comeback.report(account(OrderReportAt.account), number(OrderReportAt.reportSeq));
  else if (kind === SessionKind.TRADE_REPORT) comeback.report(account(TradeReportAt.account), number(TradeReportAt.reportSeq));
  else if (kind === SessionKind.FUND_REPORT) comeback.report(account(FundReportAt.account), number(FundReportAt.reportSeq));
  else if (kind === SessionKind.ACCOUNT_STATE) comeback.state(account(AccountStateAt.account), number(AccountStateAt.reportSeq));
  else if (kind === SessionKind.SYSTEM_NOTICE && view.getUint8(at + SystemNoticeAt.event) === NoticeEvent.RESYNC)
    comeback.startOver(account(SystemNoticeAt.account));

  function account(offset: number): number {
    return view.getUint32(at + offset, true);
  }
  function number(offset: number): number {
    return view.getFloat64(at + offset, true);
  }
}

/** The exchange's number of an account. */
export function accountNumber(id: string): number {
  return Number(id.slice('ACC_'.length));
}

function copy(from: DataView, to: DataView, at: number, bytes: number): void {
  for (let word = 0; word < bytes; word += 4) to.setInt32(at + word, from.getInt32(word, true), true);
}
