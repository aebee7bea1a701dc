/** The circle of an order on one thread with the settlement service of the front. */
import { HistoryFold } from '../../src/core/history.js';
import { followingDay, TradingCalendar } from '../../src/core/sessions.js';
import type { DayRecord, StatementRecord } from '../../src/core/settlement/statements.js';
import { Audit } from '../../src/front/services/audit.js';
import { Turnstile } from '../../src/front/services/turnstile.js';
import { DayTurn } from '../../src/front/settlement/day-turn.js';
import { SettlementService } from '../../src/front/settlement/settlement-service.js';
import { CircleProposer, ControlledCircle } from './controlled-circle.js';

export const STAFF = { user: 0, origin: { address: '', userAgent: '' } };

export class SettlingCircle extends ControlledCircle {
  readonly history = new HistoryFold(this.state);
  readonly settlement: SettlementService;
  /** Runs before the event that settles a day is written: throws to lose it. */
  beforeSettled: () => void = () => undefined;
  /** What the clock was told. */
  readonly clockCalls: string[] = [];

  constructor(simulationMode = true) {
    super();
    const { state, shards, gateway, changes } = this;
    state.observe(this.history);
    const direct = new CircleProposer(this);
    const proposer: CircleProposer = Object.assign(Object.create(direct) as CircleProposer, {
      propose: (...args: Parameters<CircleProposer['propose']>) => {
        this.beforeSettled();
        return direct.propose(...args);
      },
    });
    // cancels of the exchange itself wait for nobody
    const port = {
      openShardOf: (instrument: number) => shards.openShardOf(instrument),
      cancelOrder: (...args: Parameters<typeof shards.cancelOrder>) => shards.cancelOrder(...args),
    };
    const clock = { nowUs: () => Math.max(this.nowUs, state.timeUs + 1) };
    this.settlement = new SettlementService({
      state,
      proposer,
      turnstile: new Turnstile(),
      audit: new Audit(direct),
      turn: new DayTurn({ state, changes, port, clock, commandsUnderWay: () => gateway.commandsUnderWay, simulationMode }),
      clock,
      phases: { pause: () => void this.clockCalls.push('pause'), resume: () => void this.clockCalls.push('resume') },
      nextTradingDay: (day) => followingDay(new TradingCalendar(), day),
      dayOf: (day) => Promise.resolve(this.dayOf(day)),
      onDelay: () => undefined,
    });
  }

  dayOf(day: number): DayRecord | undefined {
    return this.history.documents.find(({ table, id }) => table === 'days' && id === day)?.record as DayRecord | undefined;
  }

  statementOf(account: number, day: number): StatementRecord {
    const found = this.history.documents.find(
      (document) => document.table === 'settlements' && document.account === account && document.id === day,
    );
    return found!.record as StatementRecord;
  }

  /** Sets prices in currency units by instrument number. */
  async price(prices: Readonly<Record<number, number | null>>): Promise<void> {
    const entries = Object.entries(prices).map(([number, price]) => ({
      instrumentId: this.state.instruments.get(Number(number)).instrumentId,
      price,
      field: number,
    }));
    await this.settlement.setPrices(entries, STAFF);
  }

  async run(date = 0): Promise<DayRecord> {
    return await this.settlement.execute(date, STAFF);
  }
}
