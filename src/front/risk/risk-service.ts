/** Risk as the interfaces see it: alerts, liquidations by hand, limits (rest.md A14, M9); and what runs all the time behind it. */
import { AuditResult, nameOf, RiskLevel } from '../../core/enums.js';
import { FrameKind } from '../../core/events.js';
import { holdsLots } from '../../core/holders.js';
import type { Liquidation } from '../../core/liquidations.js';
import { Refusal } from '../../core/refusal.js';
import type { Limits } from '../../core/risk-limits.js';
import type { Actor } from '../services/market-control.js';
import type { Audit } from '../services/audit.js';
import { accountId } from '../views/ids.js';
import { canClose } from './episode.js';
import { Liquidator, type LiquidatorParts } from './liquidator.js';
import { checkLimits } from './limit-rules.js';
import { alertMessage, RiskMonitor, TICK_MS, type RiskAlert } from './risk-monitor.js';

export interface RiskParts extends LiquidatorParts {
  readonly audit: Audit;
}

/** A liquidation by hand is answered when it has ended, or after this long as it stands then. */
const ANSWER_MS = 5000;
const NOBODY = { address: '', userAgent: '' };

export class RiskService {
  /** Observes the state. */
  readonly monitor: RiskMonitor;
  readonly liquidator: Liquidator;
  private readonly listeners: ((alert: RiskAlert) => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: RiskParts) {
    this.liquidator = new Liquidator(parts);
    this.monitor = new RiskMonitor(parts.state, this.liquidator, (alert) => this.tell(alert));
  }

  /** Takes up what was under way and begins to watch. Everything else must be running. */
  start(): void {
    this.monitor.prime();
    this.liquidator.resume();
    this.timer = setInterval(() => this.monitor.tick(), TICK_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** `listener` hears of every alert, once per crossing. */
  onAlert(listener: (alert: RiskAlert) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Closes all positions of the account. Resolves with the liquidation when it has ended, or as it stands after a few seconds.
   * Refuses with 6003 without positions, or when none of their instruments trades.
   */
  async forceLiquidate(account: number, reason: string, { user, origin }: Actor): Promise<Liquidation> {
    const { state, audit } = this.parts;
    const entry = { user, account, logType: 'FORCE_LIQUIDATION', action: 'force_liquidate', details: reason, origin } as const;
    return await audit.cover(entry, async () => {
      if (!holdsLots(state, account)) throw new Refusal(6003, undefined, 'The account has no positions.');
      if (!canClose(state, account)) throw new Refusal(6003, undefined, 'None of its instruments trades now.');
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ANSWER_MS)));
      const ended = await Promise.race([this.liquidator.force(account, user, reason), late]);
      clearTimeout(timer);
      const liquidation = ended ?? state.liquidations.of(account);
      // the log takes nothing now: the order stands and is tried again
      if (liquidation === undefined) throw new Refusal(9005);
      return liquidation;
    });
  }

  /** Changes limits of the venue (0) or of an instrument, which has all of them for itself from then on. Refuses with 9008. */
  async changeLimits(instrument: number, change: Partial<Limits>, { user, origin }: Actor): Promise<void> {
    const { state, proposer, turnstile, audit } = this.parts;
    const of = instrument === 0 ? 'venue' : state.instruments.get(instrument).instrumentId;
    const details = `${of} ${JSON.stringify(change)}`;
    await audit.cover({ user, logType: 'SETTINGS_CHANGE', action: 'set_risk_limits', details, origin }, () =>
      turnstile.pass(async () => {
        const now = instrument === 0 ? state.riskLimits.venue : state.riskLimits.of(instrument);
        const limits = { ...now, ...change };
        checkLimits(limits);
        await proposer.propose(FrameKind.RiskLimitsChanged, { ...limits, instrument });
      }),
    );
  }

  private tell(alert: RiskAlert): void {
    const { account, type, level } = alert;
    const details = `${accountId(account)} ${nameOf(RiskLevel, level)}: ${alertMessage(alert)}`;
    this.parts.audit.record({
      user: 0,
      account,
      logType: 'RISK_ALERT',
      action: type,
      details,
      origin: NOBODY,
      result: AuditResult.SUCCESS,
    });
    for (const listener of this.listeners) listener(alert);
  }
}
