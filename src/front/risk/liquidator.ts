/**
 * Forced liquidations: opens them, drives those that are under way and ends them, each by one durable event; one per account
 * at most (ledger.md 8.3). What is under way lies in the state, so a restart takes up what it finds there.
 */
import { AccountStatus, CancelReason, FreezeType, FundKind, LiquidationStatus, LiquidationTrigger } from '../../core/enums.js';
import { FrameKind, PLAIN_MOVE } from '../../core/events.js';
import { holdsLots } from '../../core/holders.js';
import type { Liquidation } from '../../core/liquidations.js';
import type { CommandWaiter } from '../gateway/gateway.js';
import type { Proposal } from '../proposer.js';
import type { EventProposer } from '../services/event-proposer.js';
import type { Turnstile } from '../services/turnstile.js';
import { Episode, type EpisodeParts } from './episode.js';

export interface LiquidatorParts extends EpisodeParts {
  readonly proposer: EventProposer;
  /** Money moves and accounts change one after the other. */
  readonly turnstile: Turnstile;
  readonly nowMs: () => number;
}

/** Why a liquidation begins. */
export interface LiquidationOrder {
  readonly account: number;
  /** `LiquidationTrigger` */
  readonly trigger: number;
  /** 0 for the monitor. */
  readonly user: number;
  readonly remark: string;
}

/** Liquidations that are opened by one command. */
const OPENED_AT_ONCE_MAX = 256;
/** An account whose liquidation failed is left alone for this long. */
const PAUSE_AFTER_FAILURE_MS = 60_000;

type Waiting = (liquidation: Liquidation) => void;

export class Liquidator {
  private readonly episodes = new Map<number, Episode>();
  /** Wanted and not yet in the log, by account. */
  private readonly wanted = new Map<number, LiquidationOrder>();
  /** Accounts of which an event that opens or changes a liquidation is under way. */
  private readonly changing = new Set<number>();
  /** Accounts of which the event that ends one is. */
  private readonly ending = new Set<number>();
  /** Accounts that owe money and hold nothing, until it is paid; and those of them for which something is under way. */
  private readonly owing = new Set<number>();
  private readonly covering = new Set<number>();
  private readonly pausedUntilMs = new Map<number, number>();
  /** By account: who waits for the end. */
  private readonly waiting = new Map<number, Waiting[]>();

  constructor(private readonly parts: LiquidatorParts) {}

  /** Takes up what was under way when the process ended. */
  resume(): void {
    for (const liquidation of this.parts.state.liquidations) this.drive(liquidation);
    this.advanceAll();
  }

  /** Opens a liquidation as soon as may be; false when the account has one, is about to or has just had one that failed. */
  want(order: LiquidationOrder): boolean {
    const { account } = order;
    if (this.isBusy(account) || (this.pausedUntilMs.get(account) ?? 0) > this.parts.nowMs()) return false;
    this.pausedUntilMs.delete(account);
    this.wanted.set(account, order);
    this.openWanted();
    return true;
  }

  /** Closes everything by order of `user`: a liquidation that is under way becomes theirs. Resolves when it has ended. */
  async force(account: number, user: number, remark: string): Promise<Liquidation> {
    const ended = new Promise<Liquidation>((resolve) => {
      const waiting = this.waiting.get(account) ?? [];
      this.waiting.set(account, [...waiting, resolve]);
    });
    this.wanted.set(account, { account, trigger: LiquidationTrigger.manual, user, remark });
    this.openWanted();
    return await ended;
  }

  isBusy(account: number): boolean {
    return this.wanted.has(account) || this.parts.state.liquidations.isOpen(account);
  }

  triesOf(account: number, side: number): number {
    return this.episodes.get(account)?.triesOf(side) ?? 0;
  }

  /** Something of the account has changed. */
  advance(account: number): void {
    const episode = this.episodes.get(account);
    if (episode === undefined || this.ending.has(account) || this.changing.has(account)) return;
    const status = episode.advance();
    if (status !== undefined) void this.end(episode, status);
  }

  advanceAll(): void {
    for (const account of this.episodes.keys()) this.advance(account);
    for (const account of this.owing) this.cover(account);
    this.openWanted();
  }

  /** An account without positions owes money: its orders go, then the default fund pays and the account is frozen (ledger.md 8.5). */
  cover(account: number): void {
    const { state, gateway } = this.parts;
    if (state.ledger.balance(account) >= 0 || holdsLots(state, account)) {
      this.owing.delete(account);
      return;
    }
    this.owing.add(account);
    if (this.covering.has(account) || this.isBusy(account)) return;
    const slot = state.accounts.firstOrder[account];
    if (slot !== 0) {
      const waiter = new OneAnswer(() => this.covering.delete(account));
      if (gateway.cancelForced(slot, CancelReason.LIQUIDATION, waiter, 0) === 0) this.covering.add(account);
      return;
    }
    this.covering.add(account);
    const over = (): boolean => this.covering.delete(account);
    // when nothing was written the next tick tries again
    void this.payDeficit(account, []).then(over, over);
  }

  /** One command at a time, so that numbers have no gaps. */
  private openWanted(): void {
    if (this.changing.size > 0 || this.wanted.size === 0) return;
    const orders = [...this.wanted.values()].filter(({ account }) => !this.ending.has(account)).slice(0, OPENED_AT_ONCE_MAX);
    if (orders.length > 0) void this.open(orders);
  }

  private async open(orders: readonly LiquidationOrder[]): Promise<void> {
    const { liquidations } = this.parts.state;
    let number = liquidations.count;
    const proposals = orders.map((order): Proposal => {
      const liquidation = liquidations.of(order.account)?.id ?? ++number;
      return { kind: FrameKind.LiquidationChanged, event: { ...order, liquidation, status: LiquidationStatus.pending } };
    });
    for (const { account } of orders) this.changing.add(account);
    try {
      await this.parts.proposer.proposeAll(proposals);
    } catch {
      // nothing was written: the next tick tries again
      this.changing.clear();
      return;
    }
    this.changing.clear();
    for (const order of orders) this.opened(order);
    this.openWanted();
  }

  private opened(order: LiquidationOrder): void {
    const { account } = order;
    // somebody may have asked for more meanwhile
    if (this.wanted.get(account) === order) this.wanted.delete(account);
    const liquidation = this.parts.state.liquidations.of(account);
    if (liquidation !== undefined && !this.episodes.has(account)) this.drive(liquidation);
    this.advance(account);
  }

  private drive(liquidation: Liquidation): void {
    const { parts } = this;
    this.episodes.set(liquidation.account, new Episode(parts, liquidation, parts.nowMs));
  }

  private async end(episode: Episode, status: number): Promise<void> {
    const { account } = episode;
    const liquidation = this.parts.state.liquidations.of(account)!;
    this.ending.add(account);
    const { id, trigger, user, remark } = liquidation;
    const last: Proposal = { kind: FrameKind.LiquidationChanged, event: { liquidation: id, account, status, trigger, user, remark } };
    try {
      await this.payDeficit(account, [last]);
      this.episodes.delete(account);
      if (status === LiquidationStatus.failed) this.pausedUntilMs.set(account, this.parts.nowMs() + PAUSE_AFTER_FAILURE_MS);
      this.answer(liquidation);
    } catch {
      // nothing was written: the next tick ends it
    } finally {
      this.ending.delete(account);
    }
  }

  /** Whoever has asked for all to be closed waits on when it was not. */
  private answer(liquidation: Liquidation): void {
    const { account, trigger } = liquidation;
    const isEmpty = !holdsLots(this.parts.state, account);
    if (isEmpty) this.wanted.delete(account);
    if (!isEmpty && trigger !== LiquidationTrigger.manual) return;
    for (const resolve of this.waiting.get(account) ?? []) resolve(liquidation);
    this.waiting.delete(account);
  }

  /** Proposes `first`, and with it what the account owes, if it holds nothing any more. */
  private async payDeficit(account: number, first: readonly Proposal[]): Promise<void> {
    const { state, proposer, turnstile } = this.parts;
    await turnstile.pass(async () => {
      const proposals = [...first];
      const deficit = -state.ledger.balance(account);
      if (deficit > 0 && !holdsLots(state, account)) proposals.push(...deficitOf(account, deficit));
      if (proposals.length > 0) await proposer.proposeAll(proposals);
    });
  }
}

function deficitOf(account: number, amount: number): Proposal[] {
  const remark = 'deficit paid by the default fund';
  return [
    {
      kind: FrameKind.FundsMoved,
      event: { account, kind: FundKind.deficit_cover, amount, method: '', remark, ...PLAIN_MOVE },
    },
    {
      kind: FrameKind.AccountStatusChanged,
      event: { account, status: AccountStatus.FROZEN, freezeType: FreezeType.FULL, reason: remark, user: 0 },
    },
  ];
}

/** Waits for the end of one command, whatever it is. */
class OneAnswer implements CommandWaiter {
  constructor(private readonly over: () => void) {}

  accepted(): void {
    // a cancel is never accepted
  }

  completed(): void {
    this.over();
  }

  refused(): void {
    this.over();
  }
}
