/** Subscribers of a book, each with a copy of its own, kept by what it is told in one form or the other. */
import { BookCopy } from '../../../src/client/book-copy.js';
import type { DepthLevel } from '../../../src/core/market-data/public-book.js';
import { Side } from '../../../src/core/enums.js';
import type { Session } from '../../../src/front/websocket/session.js';
import { Channel } from '../../../src/wire/market/channels.js';
import { addSubscribe } from '../../../src/wire/session-requests.js';
import { BinaryClient } from './binary-client.js';
import type { FakeClient, FakeSocket, Floor } from './floor.js';
import { MarketMirror } from './market-mirror.js';

export interface BookWatcher {
  readonly depth: number;
  readonly socket: FakeSocket;
  readonly session: Session;
  /** md_seq of the copy; -1 before the first picture. */
  readonly have: number;
  /** Takes what has come; `before` is called ahead of each step to another md_seq. Throws when a change is missing untold. */
  take(before: () => void): void;
  levels(side: number, limit: number): DepthLevel[];
  /** Comes back on a new connection. */
  rejoin(): void;
}

/** Of instrument 1, by JSON. */
export class TextWatcher implements BookWatcher {
  private client: FakeClient;
  private readonly mirror = new MarketMirror();

  constructor(
    private readonly floor: Floor,
    readonly depth: number,
  ) {
    this.client = this.join(['orderbook', 'ticker']);
  }

  get socket(): FakeSocket {
    return this.client.socket;
  }

  get session(): Session {
    return this.client.session;
  }

  get have(): number {
    return this.mirror.have;
  }

  take(before: () => void): void {
    for (const message of this.client.take()) {
      if (message.md_seq !== this.mirror.have) before();
      this.mirror.take(message);
    }
  }

  levels(side: number, limit: number): DepthLevel[] {
    return this.mirror.levels(side === Side.BUY ? 'bid' : 'ask', limit);
  }

  rejoin(): void {
    this.mirror.forget();
    this.client = this.join(['orderbook']);
  }

  private join(channels: string[]): FakeClient {
    const client = this.floor.connect();
    client.send({ type: 'subscribe', channels, instruments: [], depth: this.depth });
    return client;
  }
}

/** Of instrument 1, by frames. */
export class BinaryWatcher implements BookWatcher {
  private client: BinaryClient;
  private copy = new BookCopy(1);

  constructor(
    private readonly floor: Floor,
    readonly depth: number,
  ) {
    this.client = this.join(Channel.orderbook | Channel.tick);
  }

  get socket(): FakeSocket {
    return this.client.socket;
  }

  get session(): Session {
    return this.client.session;
  }

  get have(): number {
    return this.copy.mdSeq ?? -1;
  }

  take(before: () => void): void {
    for (const data of this.client.takeMarket()) {
      if (data.mdSeq !== this.copy.mdSeq) before();
      if (data.type === 'book_update' && this.copy.mdSeq === undefined) throw new Error(`change ${data.mdSeq} before the first picture`);
      const { mdSeq } = this.copy;
      if (!this.copy.take(data)) throw new Error(`change ${data.mdSeq} after ${mdSeq}`);
    }
  }

  levels(side: number, limit: number): DepthLevel[] {
    return side === Side.BUY ? this.copy.bids(limit) : this.copy.asks(limit);
  }

  rejoin(): void {
    this.copy = new BookCopy(1);
    this.client = this.join(Channel.orderbook);
  }

  private join(channels: number): BinaryClient {
    const client = new BinaryClient(this.floor);
    addSubscribe(client.out, 1, channels, [1], 0, this.depth);
    client.send();
    return client;
  }
}
