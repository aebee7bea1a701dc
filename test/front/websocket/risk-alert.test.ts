import t from 'tap';
import { RiskLevel } from '../../../src/core/enums.js';
import { Floor } from './floor.js';

t.test('the owner of an account hears of its risk, and nobody else', async (t) => {
  const floor = new Floor();
  const [a, b] = [floor.circle.trader(1000), floor.circle.trader(1000)];
  const [owner, other] = [floor.connect(), floor.connect()];
  owner.auth(floor.state.accounts.user[a]);
  other.auth(floor.state.accounts.user[b]);
  owner.take();
  other.take();
  const timeUs = 1_767_571_200_123_456;
  floor.streams.riskAlert({ account: a, type: 'near_liquidation', level: RiskLevel.critical, ratio: 960_000, available: -5, timeUs });
  t.match(owner.take(), [
    {
      type: 'risk_alert',
      account_id: 'ACC_0000000001',
      alert_type: 'near_liquidation',
      risk_level: 'critical',
      risk_ratio: 0.96,
      message: /96\.00 %/,
      timestamp: 1_767_571_200_123,
    },
  ]);
  t.same(other.take(), []);
});
