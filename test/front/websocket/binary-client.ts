/** A session of the binary protocol on the floor. */
import { marketDataOf, type MarketData } from '../../../src/client/market-reader.js';
import { framesOf, type SessionFrame } from '../../../src/client/session-reader.js';
import { handleFrame } from '../../../src/front/websocket/messages/router.js';
import type { Session } from '../../../src/front/websocket/session.js';
import { FrameBuffer } from '../../../src/wire/frame-buffer.js';
import type { SessionKind } from '../../../src/wire/session-layout.js';
import { addLogin, addSubmit, type ResumePoint, type SubmitFields } from '../../../src/wire/session-requests.js';
import { FakeSocket, type Floor } from './floor.js';

export class BinaryClient {
  readonly out = new FrameBuffer();
  readonly socket = new FakeSocket();
  readonly session: Session;
  private read = 0;

  constructor(private readonly floor: Floor) {
    this.session = floor.hub.open(this.socket, '', true);
    this.socket.onEnd = () => floor.hub.remove(this.session);
  }

  /** Sends a message as it is. */
  raw(message: Uint8Array, isBinary = true): void {
    const copy = new ArrayBuffer(message.length);
    new Uint8Array(copy).set(message);
    handleFrame(this.floor.context, this.session, copy, isBinary);
  }

  /** Sends what has been added to `out` as one message. */
  send(): void {
    const message = Uint8Array.from(this.out.message());
    this.out.clear();
    this.raw(message);
  }

  /** Sends, lets the exchange work, and gives the frames that came since the last look. */
  ask(add: (out: FrameBuffer) => void): SessionFrame[] {
    add(this.out);
    this.send();
    this.floor.turn();
    return this.take();
  }

  take(): SessionFrame[] {
    return this.fresh().flatMap(framesOf);
  }

  /** Of what came since the last look the market data. */
  takeMarket(): MarketData[] {
    return this.fresh().flatMap(marketDataOf);
  }

  takeOf(kind: SessionKind): SessionFrame[] {
    return this.take().filter((frame) => frame.kind === kind);
  }

  private fresh(): Uint8Array[] {
    const fresh = this.socket.binary.slice(this.read);
    this.read = this.socket.binary.length;
    return fresh;
  }

  login(user: number, resume: readonly ResumePoint[] = [], cancelOnDisconnect = false): SessionFrame[] {
    return this.ask((out) => addLogin(out, 1, `token of ${user}`, resume, cancelOnDisconnect));
  }

  submit(request: number, fields: Partial<SubmitFields> & Pick<SubmitFields, 'account'>): SessionFrame[] {
    return this.ask((out) => addSubmit(out, request, { ...LIMIT_ORDER, ...fields }));
  }
}

/** Buys one lot at 100 of the only instrument. */
export const LIMIT_ORDER: Omit<SubmitFields, 'account'> = {
  instrument: 1,
  price: 1_000_000,
  volume: 1,
  minVolume: 0,
  gtdDate: 0,
  maxSlippageTicks: 0,
  side: 0,
  offset: 0,
  priceType: 0,
  timeCondition: 255,
  volumeCondition: 0,
  selfTradeMode: 0,
  residual: 0,
  postOnly: 0,
  clientOrderId: '',
};
