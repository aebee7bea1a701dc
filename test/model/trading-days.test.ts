/**
 * Days of random trading against a naive ledger that shares no code with the exchange: after every event the accounts it
 * touched, and again and again all of them, have the same figures; the equations of the ledger hold throughout.
 *
 * SEED replays a run; ACCOUNTS, DAYS and COUNT (commands of a day) make it larger.
 */
import t from 'tap';
import { FrameKind } from '../../src/core/events.js';
import { TradeCheck } from '../../src/core/soundness/trade-check.js';
import { brokenOfAccount } from '../../src/core/soundness/soundness.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { frameKind } from '../../src/wire/frame-header.js';
import { frameViews } from '../../src/wire/frame-layout.js';
import { checkSoundness } from '../support/soundness.js';
import { NaiveLedger } from './naive-ledger.js';
import { TradingDays } from './trading-days.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const plan = {
  seed,
  accounts: Number(process.env['ACCOUNTS'] ?? 50),
  days: Number(process.env['DAYS'] ?? 4),
  commands: Number(process.env['COUNT'] ?? 1200),
};
/** A run that was made larger takes its time. */
const TIMEOUT_MS = plan.accounts * plan.days * plan.commands > 1_000_000 ? 3_600_000 : 30_000;
t.setTimeout(TIMEOUT_MS);

/** Events between two comparisons of everything. */
const ALL_EVERY = Math.max(200, plan.accounts * 2);

class Twins {
  readonly naive = new NaiveLedger();
  events = 0;
  private read = 0;
  private isDue = false;
  private readonly touched = new Set<number>();
  private readonly decoder = new EventDecoder(this.naive);
  private readonly touching = new EventDecoder({
    orderAccepted: ({ account }) => void this.touched.add(account),
    orderRefused: () => undefined,
    trade: ({ buyAccount, sellAccount }) => void this.touched.add(buyAccount).add(sellAccount),
    orderCancelled: ({ account }) => void this.touched.add(account),
    cancelRefused: () => undefined,
    orderAmended: ({ account }) => void this.touched.add(account),
    amendRefused: () => undefined,
    massCancelled: () => undefined,
    phaseChanged: () => undefined,
    orderDeclined: () => undefined,
    rare: (kind, event) => {
      if (kind === FrameKind.FundsMoved) this.touched.add((event as { account: number }).account);
    },
  });
  private readonly trades: TradeCheck;

  constructor(readonly days: TradingDays) {
    const { circle } = days;
    this.trades = new TradeCheck(circle.state);
    circle.state.observe(this.trades);
    circle.onEvent = () => this.follow();
    this.follow();
  }

  /** The naive ledger reads what was written; what it touched is compared. */
  follow(): void {
    const { journal, state } = this.days.circle;
    for (; this.read < journal.length; this.read++) {
      const views = frameViews(journal[this.read]);
      this.decoder.decode(views, 0);
      this.touching.decode(views, 0);
      if (frameKind(views, 0) === FrameKind.DaySettled || ++this.events % ALL_EVERY === 0) this.isDue = true;
    }
    if (state.sequence !== this.read) throw new Error('an event was missed');
    for (const account of this.touched) this.compare(account);
    this.touched.clear();
    if (this.isDue) this.compareAll();
    this.isDue = false;
  }

  compareAll(): void {
    const { state, depth } = this.days.circle;
    for (let account = 1; account <= state.accounts.count; account++) this.compare(account);
    same('fees', BigInt(state.feeAccount), this.naive.fees);
    same('default fund', BigInt(state.defaultFund), -this.naive.covered);
    checkSoundness(state, depth);
    if (this.trades.broken !== undefined) throw new Error(`equation ${this.trades.broken.id} was broken by a trade`);
  }

  private compare(account: number): void {
    const { accounts: a, ledger, positions } = this.days.circle.state;
    const naive = this.naive.figures(account);
    const name = `account ${account} after event ${this.events}`;
    same(`static balance of ${name}`, BigInt(a.staticBalance(account)), naive.static);
    same(`close profit of ${name}`, BigInt(a.closeProfit[account]), naive.closeProfit);
    same(`position profit of ${name}`, BigInt(ledger.positionProfit(account)), naive.positionProfit);
    same(`commission of ${name}`, BigInt(a.commission[account]), naive.commission);
    same(`balance of ${name}`, BigInt(ledger.balance(account)), naive.balance);
    same(`margin of ${name}`, BigInt(a.margin[account]), naive.margin);
    same(`frozen margin of ${name}`, BigInt(a.frozenMargin[account]), naive.frozenMargin);
    same(`frozen commission of ${name}`, BigInt(a.frozenCommission[account]), naive.frozenCommission);
    same(`available of ${name}`, BigInt(ledger.available(account)), naive.available);
    same(`withdraw quota of ${name}`, BigInt(ledger.withdrawable(account)), naive.withdrawQuota);
    same(`risk ratio of ${name}`, BigInt(ledger.riskRatio(account)), naive.riskRatio);
    let floatProfit = 0;
    for (let position = a.firstPosition[account]; position !== 0; position = positions.nextOfAccount[position]) {
      for (const side of [0, 1]) {
        floatProfit += ledger.floatProfitOf(position, side);
        const at = (position * 2 + side) * 2;
        const { bucketVolume: lots, frozenVolume: held } = positions;
        const ours = [lots[at], lots[at + 1], held[at], held[at + 1]].map(BigInt);
        const theirs = this.naive.lots(account, positions.instrument[position], side === 0);
        same(`lots of ${name}`, ours.join(' '), theirs.join(' '));
      }
    }
    same(`float profit of ${name}`, BigInt(floatProfit), naive.floatProfit);
    const broken = brokenOfAccount(this.days.circle.state, account);
    if (broken !== undefined) throw new Error(`equation ${broken.id} of ${name}: ${broken.left} is not ${broken.right}`);
  }
}

function same<T>(what: string, ours: T, theirs: T): void {
  if (ours !== theirs) throw new Error(`${what}: ${String(ours)}, but it should be ${String(theirs)}`);
}

t.test(`every figure of every account is what a naive ledger says (SEED=${seed})`, { timeout: TIMEOUT_MS }, async (t) => {
  const days = new TradingDays(plan);
  const twins = new Twins(days);
  await days.run();
  twins.compareAll();
  const { state } = days.circle;
  t.comment(`${twins.events} events, ${state.tradeCount} trades, ${JSON.stringify(days.counts)}`);
  t.comment(`liquidations ${days.circle.outcomes.length}, covered ${String(twins.naive.covered)}`);
  t.ok(state.tradeCount > plan.commands / 4, 'there was trading');
  t.ok(days.circle.outcomes.length > 0, 'and somebody was liquidated');
  t.equal(days.counts.settlements, plan.days);
});
