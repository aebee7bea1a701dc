/** Parts of the running exchange whose wiring is long. */
import type { Logger } from 'pino';
import type { ClusterNews, ClusterThread } from '../cluster/thread-data.js';
import type { Shards } from '../cluster/shards.js';
import { followingDay, type TradingCalendar } from '../core/sessions.js';
import type { DayRecord } from '../core/settlement/statements.js';
import type { ExchangeState } from '../core/state.js';
import type { EventClock } from '../front/clock.js';
import type { Gateway } from '../front/gateway/gateway.js';
import { shardOfSource, sourceOf } from '../front/gateway/origin-port.js';
import { Origins } from '../front/gateway/origins.js';
import type { HistoryQueries } from '../front/history.js';
import type { PhaseChanges } from '../front/phases/phase-changes.js';
import { PhaseClock } from '../front/phases/phase-clock.js';
import { FRONT_SOURCE, type Proposer } from '../front/proposer.js';
import type { Audit } from '../front/services/audit.js';
import type { Turnstile } from '../front/services/turnstile.js';
import { DayTurn } from '../front/settlement/day-turn.js';
import type { RingProducer } from '../ring/ring-producer.js';
import { SettlementService } from '../front/settlement/settlement-service.js';

/** The node can go on only by starting again: as it is, with the data of another node, or not at all. */
export type NodeEnd = Extract<ClusterNews, { kind: 'deposed' | 'behind' | 'fault' }>;

/** A node of a cluster. */
export interface NodePlace {
  readonly thread: ClusterThread;
  readonly onEnd: (end: NodeEnd) => void;
}

/** Resolves when the state is behind this event. */
export async function settledAt(state: ExchangeState, sequence: number): Promise<void> {
  while (state.sequence < sequence) await new Promise((resolve) => setTimeout(resolve, 1));
}

interface Parts {
  readonly state: ExchangeState;
  readonly changes: PhaseChanges;
  readonly calendar: TradingCalendar;
  readonly log: Logger;
}

/** The front's own ring hears of origins itself, those of the shards by way of their commands. */
export function newOrigins(shards: Shards, frontEvents: RingProducer, clock: EventClock): Origins {
  return new Origins(sourceOf(shards.count), clock, (source, frame) => {
    if (source !== FRONT_SOURCE) return shards.passOn(shardOfSource(source), frame);
    const offset = frontEvents.claim(frame.length);
    if (offset === -1) return false;
    frontEvents.bytes.set(frame, offset);
    frontEvents.publish();
    return true;
  });
}

export function newPhaseClock({ state, changes, calendar, log }: Parts): PhaseClock {
  return new PhaseClock({
    state,
    changes,
    calendar,
    nowMs: () => Date.now(),
    onDelay: ({ instrumentId }, error) => {
      log.debug({ instrumentId, err: error }, 'a phase change is delayed');
    },
  });
}

interface SettlementParts extends Parts {
  readonly proposer: Proposer;
  readonly clock: EventClock;
  readonly gateway: Gateway;
  readonly history: HistoryQueries;
  readonly turnstile: Turnstile;
  readonly audit: Audit;
  readonly shards: Shards;
  readonly phaseClock: PhaseClock | undefined;
  readonly simulationMode: boolean;
}

export function newSettlement(parts: SettlementParts): SettlementService {
  const { state, changes, calendar, log, proposer, clock, gateway, history, turnstile, audit, shards, phaseClock, simulationMode } = parts;
  const commandsUnderWay = (): number => gateway.commandsUnderWay;
  return new SettlementService({
    state,
    proposer,
    turnstile,
    audit,
    turn: new DayTurn({ state, changes, port: shards, clock, commandsUnderWay, simulationMode }),
    clock,
    phases: phaseClock,
    nextTradingDay: (tradingDay) => followingDay(calendar, tradingDay, simulationMode ? undefined : Date.now()),
    dayOf: async (day) => (await history.documentsOf<DayRecord>('days', 0, () => true, day, day)).at(0),
    onDelay: (error) => {
      log.warn({ err: error }, 'opening the books after a settlement is tried again');
    },
  });
}
