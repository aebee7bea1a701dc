/** Everything that those who run the exchange can do with their pages, done once by clicks, and asked of the exchange. */
import t from 'tap';
import { HttpClient } from '../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServer } from '../support/server.js';
import { openBrowser, signIn, visitor, whyNoBrowser } from './support/browser.js';
import { agree, button, effect, fill, row, saved, seenInDialog, sendDialog } from './support/clicks.js';
import { Desk, PASSWORD } from './support/desk.js';
import { goTo } from './support/page-list.js';

const RB = 'SHFE.rb';
const NEW = 'SIM.T2612';

interface Listed {
  readonly instrument_id: string;
  readonly status: string;
  readonly phase: string;
  readonly margin_rate: number;
  readonly settlement_price?: number;
}

t.test('staff does everything that its pages offer', { skip: whyNoBrowser() }, async (t) => {
  const server = await startServer();
  t.teardown(() => server.kill());
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const admin = new HttpClient(server.url);
  await admin.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const maker = await Desk.register(server.url, 'maker', 50_000_000);
  const trader = await Desk.register(server.url, 'holder', 1_000_000);
  const empty = await Desk.register(server.url, 'nobody');
  await maker.order(RB, 'SELL', 3501, 50);
  await maker.order(RB, 'BUY', 3499, 50);
  await trader.order(RB, 'BUY', 3501, 5);
  const { page, complaints } = await visitor(browser, server.url);
  const main = page.locator('main');
  await signIn(page, ADMIN_USERNAME, ADMIN_PASSWORD);

  await t.test('instruments', async (t) => {
    const listed = (id: string) => admin.call<Listed>('GET', `/admin/instrument/${id}`);
    await goTo(page, '/admin-instruments');
    await page.click('[data-test=create]');
    const terms = { instrument_name: 'Test', contract_multiplier: '10', price_tick: '1', margin_rate: '0.2' };
    await sendDialog(page, { instrument_id: NEW, reference_price: '1000', ...terms });
    t.match(await listed(NEW), { status: 'active', margin_rate: 0.2 });
    const one = row(page, NEW);
    await button(one, 'Change').click();
    await sendDialog(page, { margin_rate: '0.25', immediate: true });
    t.match(await listed(NEW), { margin_rate: 0.25 });
    for (const wanted of ['HALT', 'CONTINUOUS']) {
      await button(one, 'Phase').click();
      await sendDialog(page, { phase: wanted });
      await effect(
        () => listed(NEW),
        ({ phase }) => phase === wanted,
        'the phase is changed',
      );
    }
    for (const status of ['suspended', 'active', 'suspended']) {
      await button(one, 'Status').click();
      await sendDialog(page, { status, reason: 'a test' });
      t.match(await listed(NEW), { status });
    }
    await button(row(page, RB), 'Delist').click();
    await fill(page.locator('[role=dialog]'), { instrument_id: RB });
    await page.click('[role=dialog] button[type=submit]');
    await page.locator('[role=dialog]').getByText('3005 ·').waitFor();
    t.match(await page.locator('[role=dialog]').textContent(), trader.account, 'who holds it is named');
    t.equal(complaints.splice(0).length, 1);
    await page.keyboard.press('Escape');
    await page.locator('[role=dialog]').waitFor({ state: 'detached' });
    await button(one, 'Delist').click();
    await fill(page.locator('[role=dialog]'), { instrument_id: RB });
    await page.click('[role=dialog] button[type=submit]');
    await page.locator('[role=dialog]').getByText(`Type ${NEW}`).first().waitFor();
    await sendDialog(page, { instrument_id: NEW });
    t.match(await listed(NEW), { status: 'delisted' });
    await main.locator('select[name=exchange]').selectOption('CFFEX');
    await row(page, RB).waitFor({ state: 'detached' });
  });

  await t.test('risk', async (t) => {
    await goTo(page, '/admin-risk');
    await page.locator('select[name=risk_level]').selectOption('low');
    await row(page, trader.account).click();
    await seenInDialog(page, 'holder');
    await page.locator('section', { hasText: 'Largest order' }).getByRole('button', { name: 'Change', exact: true }).click();
    await sendDialog(page, { instrument_id: RB, max_order_volume: '77' });
    const limits = await admin.call('GET', '/admin/risk/position-limits');
    t.match(limits, { overrides: [{ instrument_id: RB, max_order_volume: 77 }] });
    await button(row(page, trader.account), 'Liquidate').click();
    await sendDialog(page, { reason: 'a test of it' });
    await effect(
      () => trader.lots(RB),
      ([long]) => long === 0,
      'everything is closed',
    );
    await main.locator('tr[data-key^=LIQ]').waitFor();
  });

  await t.test('accounts and users', async (t) => {
    await goTo(page, '/admin-accounts');
    await main.locator('input[name=q]').fill('nobody');
    await main.locator('input[name=q]').press('Enter');
    await row(page, trader.account).waitFor({ state: 'detached' });
    const one = row(page, empty.account);
    await button(one, 'Deposits').click();
    await sendDialog(page, { amount: '300', method: 'wechat', remark: 'by hand' });
    t.equal(await empty.balance(), 300);
    await button(one, 'Withdrawals').click();
    await sendDialog(page, { amount: '300', method: 'other', bank_account: '6222000011112222' });
    t.equal(await empty.balance(), 0);
    await button(one, 'Password').click();
    await sendDialog(page, { password_type: 'FUND', new_password: 'four-grey-owls' });
    const change = { account_id: empty.account, old_password: 'four-grey-owls', new_password: 'five-grey-owls', password_type: 'FUND' };
    await empty.http.call('POST', '/api/account-admin/password/change', change);
    await button(one, 'Details').click();
    await seenInDialog(page, empty.userId);
    await button(one, 'Close').click();
    await sendDialog(page, { reason: 'not needed' });
    t.match(await admin.call('GET', `/api/management/accounts?q=nobody`), { accounts: [{ status: 'CLOSED' }] });

    await goTo(page, '/admin-users');
    const user = () => admin.call('GET', `/api/auth/user/${trader.userId}`);
    await row(page, trader.userId).locator('[data-test=roles]').click();
    await sendDialog(page, { Analyst: true });
    t.same(((await user()) as { roles: string[] }).roles.sort(), ['Analyst', 'Trader']);
    await button(row(page, trader.userId), 'Freeze').click();
    await sendDialog(page, { reason: 'a test' });
    t.match(await user(), { status: 'Frozen' });
    await button(row(page, trader.userId), 'Unfreeze').click();
    await sendDialog(page, { reason: 'over' });
    t.match(await user(), { status: 'Active' });

    await goTo(page, '/admin-account-freeze');
    const status = () => admin.call('GET', `/api/account-admin/status/${trader.account}`);
    await fill(main.locator('form').first(), { account_id: trader.account });
    await button(main, 'Find an account').click();
    await button(main, 'Freeze').waitFor();
    await fill(main.locator('form').nth(1), { freeze_type: 'WITHDRAW_ONLY', reason: 'to be looked at' });
    await button(main, 'Freeze').click();
    await button(main, 'Unfreeze').waitFor();
    t.match(await status(), { status: 'FROZEN', freeze_type: 'WITHDRAW_ONLY', can_withdraw: false });
    await fill(main.locator('form').nth(1), { reason: 'looked at' });
    await button(main, 'Unfreeze').click();
    await button(main, 'Freeze').waitFor();
    t.match(await status(), { status: 'ACTIVE', can_withdraw: true });
  });

  await t.test('announcements, movements and the audit log', async (t) => {
    await goTo(page, '/admin-announcements');
    await fill(main.locator('form'), { title: 'Closed on Friday', content: 'All day.', announcement_type: 'TRADING', priority: 'LOW' });
    await button(main, 'Publish').click();
    const list = () => admin.call<{ announcements: { id: string; title: string }[] }>('GET', '/api/announcements');
    const { announcements } = await effect(list, (answer) => answer.announcements.length === 1, 'it is published');
    t.match(announcements, [{ title: 'Closed on Friday', announcement_type: 'TRADING', priority: 'LOW' }]);
    const one = row(page, announcements[0].id);
    await one.click();
    await seenInDialog(page, 'All day.');
    await button(one, 'Withdraw').click();
    await agree(page);
    await effect(list, (answer) => answer.announcements.length === 0, 'and withdrawn');

    await goTo(page, '/admin-transactions');
    await main.locator('select[name=transaction_type]').selectOption('withdrawal');
    await effect(
      () => main.locator('tr[data-key^=TXN]').count(),
      (count) => count === 1,
      'one withdrawal',
    );
    const csv = await saved(page, () => button(main, 'Export').click());
    t.equal(csv.trim().split('\r\n').length, 2, 'the file has what the filter lets through');

    await goTo(page, '/admin-audit-logs');
    await main.locator('select[name=log_type]').selectOption('FORCE_LIQUIDATION');
    const entry = main.locator('tr[data-key^=AUD]');
    await effect(
      () => entry.count(),
      (count) => count >= 1,
      'the liquidation is in the log',
    );
    await entry.first().click();
    await seenInDialog(page, /Mozilla/);
    t.match(await saved(page, () => button(main, 'Export').click()), 'a test of it');
  });

  await t.test('figures and controls', async (t) => {
    await goTo(page, '/admin-dashboard');
    await button(main, 'Pie or bars').click();
    await button(main, 'Refresh').click();
    await main.getByText('Blocks').waitFor();
    await goTo(page, '/monitoring');
    await button(main, 'Refresh').click();
    t.ok((await saved(page, () => button(main, 'Report').click())).length > 100, 'the report is a file');
    await goTo(page, '/market-overview');
    for (const [tab, key] of [
      ['All orders', 'O'],
      ['All trades', 'T'],
      ['Rankings', 'ACC'],
      ['Accounts', 'ACC'],
    ]) {
      await button(main, tab).click();
      await main.locator(`tr[data-key^=${key}]`).first().waitFor();
    }
    await goTo(page, '/soundness');
    await main.getByText(/Every equation holds/).waitFor();
    await button(main, 'Refresh').click();
    await goTo(page, '/sql');
    await page.fill('textarea[name=sql]', 'SELECT count(*) AS how_many FROM trades');
    await page.click('[data-test=run]');
    await main.locator('tr[data-key="0"]').waitFor();
    t.match(await saved(page, () => button(main, 'Export').click()), /^how_many\r\n\d+/);
    await goTo(page, '/websocket-test');
    await button(main, 'Connect').click();
    await button(main, 'Send my token').click();
    await page.locator('textarea').fill('{"type":"ping","request_id":"seen"}');
    await button(main, 'Submit').click();
    await main.locator('.frames pre', { hasText: '← ' }).filter({ hasText: 'seen' }).first().waitFor();
  });

  await t.test('settlement prices', async () => {
    const price = async () => (await admin.call<Listed>('GET', `/admin/instrument/${RB}`)).settlement_price;
    await goTo(page, '/admin-settlement');
    await page.fill(`input[name="price-${RB}"]`, '3500');
    await page.click('[data-test=set-prices]');
    await effect(price, (set) => set === 3500, 'one price is set');
    await button(row(page, RB), 'Remove').click();
    await effect(price, (set) => set === undefined, 'and taken back');
    const file = { name: 'prices.csv', mimeType: 'text/csv', buffer: Buffer.from(`instrument_id,settlement_price\n${RB},3502\n`) };
    await page.setInputFiles('input[type=file]', file);
    await button(main, 'Import').click();
    await effect(price, (set) => set === 3502, 'it comes from a file');
  });
  t.same(complaints, []);

  await t.test('the role Settlement settles the day', async (t) => {
    await maker.order('CFFEX.IF', 'SELL', 3800, 1);
    await (await Desk.of(server.url, 'holder')).order('CFFEX.IF', 'BUY', 3800, 1);
    const clerk = await Desk.register(server.url, 'clerk');
    await admin.call('POST', '/api/auth/user/roles', { user_id: clerk.userId, roles: ['Settlement'] });
    const its = await visitor(browser, server.url);
    await signIn(its.page, 'clerk', PASSWORD);
    await goTo(its.page, '/admin-settlement');
    const settle = its.page.locator('[data-test=settle]');
    await settle.click();
    await agree(its.page);
    await its.page.getByText(/6001 ·.*CFFEX\.IF/).waitFor();
    await its.page.click('[data-test=last]');
    await its.page.click('[data-test=set-prices]');
    await its.page.locator('[data-test=set-prices]:disabled').waitFor();
    await its.page.click('[data-test=dry-run]');
    await its.page.locator('[data-test=dry-result] tr[data-key^=ACC]').first().waitFor();
    await settle.click();
    await agree(its.page);
    const days = await effect(
      () => admin.call<{ settlement_date: string }[]>('GET', '/admin/settlement/history'),
      (all) => all.length === 1,
      'settled',
    );
    await button(row(its.page, days[0].settlement_date), 'Details').click();
    await seenInDialog(its.page, 'Next trading day');
    t.equal(its.complaints.filter((each) => !each.includes('409')).length, 0, its.complaints.join('\n'));
  });

  await t.test('the owner sees that he was liquidated', async () => {
    const his = await visitor(browser, server.url);
    await signIn(his.page, 'holder', PASSWORD);
    await goTo(his.page, '/risk-monitor');
    await his.page.locator('main tr[data-key^=LIQ]', { hasText: 'a test of it' }).waitFor();
  });
});
