import t from 'tap';
import { ExchangeState } from '../../../src/core/state.js';
import { Audit } from '../../../src/front/services/audit.js';
import { DirectProposer } from '../../support/direct-proposer.js';
import { ORIGIN } from '../../support/services.js';

const ENTRY = { user: 1, logType: 'LOGIN', action: 'login', origin: ORIGIN } as const;

t.test('an audit that cannot be written fails nothing and is counted', async (t) => {
  const proposer = new DirectProposer(new ExchangeState());
  const audit = new Audit(proposer);
  proposer.refuseNext = 3003;
  audit.record(ENTRY);
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(audit.lostCount, 1);
  t.equal(proposer.proposed.length, 0);
});

t.test('bounds what waits for the log', async (t) => {
  const proposer = new DirectProposer(new ExchangeState());
  const audit = new Audit(proposer);
  for (let i = 0; i < 1030; i++) audit.record(ENTRY);
  t.equal(audit.lostCount, 6);
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(proposer.proposed.length, 1024);
  audit.record(ENTRY);
  t.equal(audit.lostCount, 6, 'there is room again');
});

t.test('cuts long texts of clients', async (t) => {
  const proposer = new DirectProposer(new ExchangeState());
  new Audit(proposer).record({ ...ENTRY, origin: { address: '::1', userAgent: 'x'.repeat(5000) } });
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal((proposer.proposed[0].event as { userAgent: string }).userAgent.length, 200);
});
