/** Who is looked at when, and what is told about it (ledger.md 8.1, 8.2). */
import t from 'tap';
import { RiskLevel } from '../../../src/core/enums.js';
import { alertsOf, riskLevelOf, Warning, warningsOf } from '../../../src/front/risk/risk-levels.js';
import { DEFAULT_LIMITS } from '../../../src/core/risk-limits.js';
import { listIf } from '../../core/ledger/ledger-support.js';
import { PASS_TICKS } from '../../../src/front/risk/risk-monitor.js';
import { RiskCircle } from '../../support/risk-circle.js';

const ALL = { maxPositionRatio: 1, rejectRiskRatio: 950_000 };

/** A long 3 of IF at 91 % of its balance; two traders print prices. */
function market() {
  const circle = new RiskCircle(ALL);
  const instrument = listIf(circle);
  const [a, b] = [circle.trader(450_000), circle.trader(2_000_000)];
  const printers = [circle.trader(100_000_000), circle.trader(100_000_000)] as const;
  circle.order(b, instrument, 'SELL OPEN 3@3800');
  circle.order(a, instrument, 'BUY OPEN 3@3800');
  const alertsOfA = (): string[] => circle.alerts.splice(0).filter((text) => text.startsWith(`${a} `));
  return { circle, instrument, a, b, printers, alertsOfA };
}

t.test('levels and warnings', async (t) => {
  const levels = [0, 599_999, 600_000, 799_999, 800_000, 949_999, 950_000, 5_000_000].map(riskLevelOf);
  t.same(levels, [0, 0, 1, 1, 2, 2, 3, 3]);
  t.equal(warningsOf(949_999, 0, DEFAULT_LIMITS), 0);
  t.equal(warningsOf(950_000, 0, DEFAULT_LIMITS), Warning.NEAR);
  t.equal(warningsOf(1_000_000, 0, DEFAULT_LIMITS), 0);
  t.equal(warningsOf(1_000_001, -1, DEFAULT_LIMITS), Warning.INSUFFICIENT | Warning.NEGATIVE);
  t.same(alertsOf(RiskLevel.low, RiskLevel.critical, 0, Warning.NEAR), ['level_escalation', 'near_liquidation']);
  t.same(alertsOf(RiskLevel.critical, RiskLevel.low, Warning.NEAR, 0), []);
  t.same(alertsOf(RiskLevel.high, RiskLevel.high, Warning.NEAR, Warning.NEAR), []);
});

t.test('each crossing is told once', async (t) => {
  const { circle, instrument, a, printers, alertsOfA } = market();
  await circle.work();
  t.same(alertsOfA(), [`${a} level_escalation`], 'high from the first trade');
  await circle.print(instrument, 3780, printers);
  t.same(alertsOfA(), [`${a} level_escalation`, `${a} near_liquidation`]);
  await circle.print(instrument, 3779.8, printers);
  await circle.pass(2000);
  t.same(alertsOfA(), [], 'nothing new');
  await circle.print(instrument, 3800, printers);
  t.same(alertsOfA(), [], 'going down is no crossing');
  await circle.print(instrument, 3780, printers);
  t.same(alertsOfA(), [`${a} level_escalation`, `${a} near_liquidation`], 'crossed again');
  await circle.print(instrument, 3740, printers);
  t.same(alertsOfA(), [`${a} margin_insufficient`, `${a} negative_available`, `${a} liquidation_triggered`]);
  await circle.pass(2000);
  t.same(alertsOfA(), []);
  const told = circle.auditOf('RISK_ALERT').filter(({ account }) => account === a);
  t.equal(told.length, 8, 'all of them are in the audit log');
  t.match(told[0], {
    user: 0,
    action: 'level_escalation',
    details: 'ACC_0000000001 high: The risk ratio is 91.21 %: the level is high now.',
  });
});

t.test('a restart is no crossing', async (t) => {
  const { circle, a } = market();
  circle.risk.monitor.prime();
  await circle.pass(1000);
  t.same(
    circle.alerts.filter((text) => text.startsWith(`${a} `)),
    [],
  );
});

t.test('an account at the threshold that nobody watches is found within a second', async (t) => {
  const { circle, instrument, a, printers } = market();
  for (let i = 0; i < 100; i++) circle.trader(0);
  circle.deposit(a, 290_000);
  await circle.work();
  circle.alerts.length = 0;
  await circle.print(instrument, 3430, printers);
  await circle.print(instrument, 3420, printers);
  t.equal(circle.state.liquidations.size, 0, 'its risk was low: a print does not look at it');
  for (let ticks = 0; ticks < 1000 / 50; ticks++) {
    circle.nowMs += 50;
    circle.risk.monitor.tick();
  }
  await circle.work();
  t.ok(circle.alerts.includes(`${a} level_escalation`));
  t.ok(circle.state.liquidations.isOpen(a));
});

t.test('a print looks at few of ten thousand holders, and the scan at a slice of them at a time', async (t) => {
  const circle = new RiskCircle(ALL);
  const instrument = listIf(circle);
  const printers = [circle.trader(900_000_000), circle.trader(900_000_000)] as const;
  const holders = Array.from({ length: 600 }, () => circle.trader(142_000));
  for (const holder of holders) {
    circle.order(printers[0], instrument, 'SELL OPEN 1@3800');
    circle.order(holder, instrument, 'BUY OPEN 1@3800');
  }
  await circle.work();
  const { ledger } = circle.state;
  const balance = ledger.balance.bind(ledger);
  let looks = 0;
  ledger.balance = (account) => {
    looks++;
    return balance(account);
  };
  await circle.print(instrument, 3801, printers);
  t.ok(looks < 400, `${looks} of 600 accounts of high risk`);
  looks = 0;
  circle.risk.monitor.tick();
  t.ok(looks <= Math.ceil(circle.state.accounts.count / PASS_TICKS), `${looks} per tick`);
  for (let ticks = 0; ticks < 32; ticks++) circle.risk.monitor.tick();
  looks = 0;
  circle.risk.monitor.tick();
  t.equal(looks, 0, 'nothing has moved: nothing to do');
});
