/** Everything that a person can do with his pages (column "can do" of the page contract), done once by clicks, and asked of the exchange. */
import t from 'tap';
import type { Locator, Page } from 'playwright-core';
import { HttpClient } from '../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServer } from '../support/server.js';
import { openBrowser, signIn, visitor, whyNoBrowser } from './support/browser.js';
import { agree, button, effect, fill, row, saved, seenInDialog, sendDialog } from './support/clicks.js';
import { Desk, PASSWORD } from './support/desk.js';
import { goTo } from './support/page-list.js';

const RB = 'SHFE.rb';
const IF = 'CFFEX.IF';

t.test('a person does everything that his pages offer', { skip: whyNoBrowser() }, async (t) => {
  const server = await startServer();
  t.teardown(() => server.kill());
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const admin = new HttpClient(server.url);
  await admin.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const urgent = { title: 'Read this', content: 'Now', announcement_type: 'SYSTEM', priority: 'URGENT' };
  await admin.call('POST', '/api/announcements', urgent);
  const maker = await Desk.register(server.url, 'maker', 50_000_000);
  const user = await Desk.register(server.url, 'person');
  for (const level of [1, 2, 3]) {
    await maker.order(RB, 'BUY', 3500 - level, 10);
    await maker.order(RB, 'SELL', 3500 + level, 10);
  }
  const { page, complaints } = await visitor(browser, server.url, { prefs: { locale: 'en', theme: 'light', instrument: RB } });
  const main = page.locator('main');
  const live = page.locator('[data-test=live][data-state=live]');

  await t.test('login', async (t) => {
    await page.goto('/login');
    await page.fill('input[name=username]', 'person');
    await page.fill('input[name=password]', 'not-this-one-1');
    await page.click('[data-test=reveal-password]');
    t.equal(await page.getAttribute('input[name=password]', 'type'), 'text', 'the password can be seen');
    await page.click('[data-test=reveal-password]');
    t.equal(await page.getAttribute('input[name=password]', 'type'), 'password');
    await page.click('button[type=submit]');
    await page.getByText('9001 ·').first().waitFor();
    await page.fill('input[name=password]', PASSWORD);
    await page.click('button[type=submit]');
    await page.waitForURL('**/dashboard');
    await page.locator('[role=dialog]').getByText('Read this').waitFor();
    await page.click('[data-test=urgent-close]');
    await page.locator('[role=dialog]').waitFor({ state: 'detached' });
    t.same(complaints.splice(0).length, 1, 'the wrong password is an error of the console, and the only one');
  });

  await t.test('accounts', async (t) => {
    await goTo(page, '/accounts');
    await page.click('[data-test=open-account]');
    await sendDialog(page, { account_name: 'second', account_type: 'institutional', init_cash: '5000' });
    const second = (await user.accounts()).find(({ account_name: name }) => name === 'second')!;
    t.equal(second.balance, 5000);
    await row(page, user.account).locator('[data-test=deposit]').click();
    await sendDialog(page, { amount: '2,000,000' });
    t.equal(await user.balance(), 2_000_000);
    await row(page, second.account_id).locator('[data-test=withdraw]').click();
    await fill(page.locator('[role=dialog]'), { amount: '6000' });
    await page.click('[role=dialog] button[type=submit]');
    await agree(page);
    await page.getByText('2004 ·').first().waitFor();
    t.equal(complaints.splice(0).length, 1, 'more than there is: refused by the exchange');
    await fill(page.locator('[role=dialog]'), { amount: '1000.50' });
    await page.click('[role=dialog] button[type=submit]');
    await agree(page);
    await page.locator('[role=dialog]').waitFor({ state: 'detached' });
    t.equal(await user.balance(second.account_id), 3999.5);
    await button(row(page, user.account), 'Details').click();
    await page.waitForURL(`**/account/${user.account}`);
    await main.getByText('2,000,000.00').first().waitFor();
    await goTo(page, '/accounts');
    await main.locator('a[href="/transfer"]').click();
    await page.waitForURL('**/transfer');
  });

  await t.test('trading', async (t) => {
    await goTo(page, '/trade');
    await live.waitFor();
    const form = page.locator('[data-test=order-form]');
    const price = form.locator('[name=price]');
    await page.locator('[data-test=book] [data-side=SELL]', { hasText: '3,501' }).click();
    t.equal(await price.inputValue(), '3501', 'a click in the book takes its price');
    let wanted = 3501;
    for (const step of [-5, -2, -1, 2, 5, 1]) {
      await form.locator(`[data-test="step${step}"]`).click();
      wanted += step;
      t.equal(await price.inputValue(), String(wanted), `${step} ticks`);
    }
    await price.press('ArrowUp');
    t.equal(await price.inputValue(), '3502', 'the arrow moves it too');
    await price.press('ArrowDown');
    for (const lots of ['1', '10', '20', '5']) {
      await button(form, lots).click();
      t.equal(await form.locator('[name=volume]').inputValue(), lots);
    }
    t.equal(await form.locator('[data-test=margin]').textContent(), '17,505.00', '3501 × 5 lots × 10 × 10 %');
    await form.locator('[data-test=submit]').click();
    await effect(
      () => user.lots(RB),
      ([long]) => long === 5,
      'five lots are bought',
    );
    await fill(form, { order_type: 'MARKET' });
    await form.locator('[data-test=submit]').click();
    await effect(
      () => user.lots(RB),
      ([long]) => long === 10,
      'and five more at the market',
    );

    await fill(form, { order_type: 'LIMIT', price: '3480', volume: '2' });
    await form.locator('[data-test=submit]').click();
    const [resting] = await effect(
      () => user.working(),
      (all) => all.length === 1,
      'an order rests',
    );
    await row(page, resting.order_id).locator('[data-test=amend]').click();
    await fill(main, { new_price: '3485', new_volume: '3' });
    await page.click('[data-test=amend-save]');
    await effect(
      () => user.working(),
      ([order]) => order.price === 3485 && order.volume === 3,
      'and is changed in place',
    );
    await row(page, resting.order_id).locator('[data-test=cancel]').click();
    await effect(
      () => user.working(),
      (all) => all.length === 0,
      'and cancelled',
    );

    await form.locator('[data-test=tab-CLOSE]').click();
    await form.getByText('Closable: 10').waitFor();
    for (const [share, lots] of [
      ['100%', '10'],
      ['50%', '5'],
      ['1', '1'],
    ]) {
      await button(form, share).click();
      t.equal(await form.locator('[name=volume]').inputValue(), lots);
    }
    await fill(form, { price: '3499' });
    await form.locator('[data-test=submit]').click();
    await effect(
      () => user.lots(RB),
      ([long]) => long === 9,
      'one lot is closed',
    );
    await form.locator('[data-test=tab-SELL]').click();
    await fill(form, { price: '3498', volume: '3' });
    await form.locator('[data-test=submit]').click();
    await effect(
      () => user.lots(RB),
      ([, short]) => short === 3,
      'three are sold short',
    );

    const levels = page.locator('[data-test=book] .level');
    await page.locator('section select[aria-label=Levels]').selectOption('10');
    await effect(
      () => levels.count(),
      (count) => count === 20,
      'ten levels a side',
    );
    await page.click('[data-test=feed]');
    await page.locator('[data-test=live][data-state=paused]').waitFor();
    await maker.order(RB, 'BUY', 3490, 7);
    await page.locator('[data-test=book] [data-side=BUY]', { hasText: '3,490' }).waitFor();
    await page.click('[data-test=feed]');
    await live.waitFor();
    await maker.order(RB, 'BUY', 3489, 7);
    await page.locator('[data-test=book] [data-side=BUY]', { hasText: '3,489' }).waitFor();
    await page.locator('input[name=instrument]').first().fill('index');
    await page.keyboard.press('Enter');
    await page.locator('[data-test=book] .none').nth(19).waitFor();
    t.equal(await page.locator('input[name=instrument]').first().inputValue(), IF, 'found by a part of its name');
    await page.locator('input[name=instrument]').first().blur();
  });

  await t.test('market, chart and factors', async (t) => {
    await goTo(page, '/market');
    await page.fill('input[name=search]', 'rb');
    await effect(
      () => main.locator('tbody tr[data-key]').count(),
      (count) => count === 1,
      'one instrument is found',
    );
    await row(page, RB)
      .getByRole('button', { name: `Favourite ${RB}` })
      .click();
    await page.fill('input[name=search]', '');
    await button(page, '★ Favourites').click();
    t.equal(await main.locator('tbody tr[data-key]').count(), 1, 'the favourites alone');
    await button(page, '★ Favourites').click();
    await button(main, /^Instrument/).click();
    await button(main, /^Instrument/).click();
    t.equal(await main.locator('tbody tr[data-key]').first().getAttribute('data-key'), IF, 'in the order of the ids');
    await row(page, RB).locator(`a[href="/chart?instrument=${RB}"]`).click();
    await page.waitForURL('**/chart**');
    await page.getByRole('img', { name: `Candles of ${RB}` }).waitFor();
    await pressed(main, '5m');
    await pressed(main, 'MACD');
    await goTo(page, '/factors');
    await page.locator('select[aria-label=Period]').selectOption('5');
    await pressed(main, 'RSI');
    await goTo(page, '/market');
    await row(page, RB).locator(`a[href="/trade?instrument=${RB}"]`).click();
    await page.locator('[data-test=order-form]').waitFor();
  });

  await t.test('positions', async () => {
    await goTo(page, '/positions');
    const long = row(page, `${user.account} ${RB} LONG`);
    await long.locator('[data-test=holding]').click();
    await seenInDialog(page, 'Of today');
    await long.locator('[data-test=close]').click();
    await page.locator('[role=dialog] [name=volume]').fill('10');
    await page.click('[role=dialog] button[type=submit]');
    await page.getByText('Must be at most 9.').waitFor();
    await sendDialog(page, { volume: '4' });
    await effect(
      () => user.lots(RB),
      ([lots]) => lots === 5,
      'four lots are closed at the market',
    );
    await long.locator('[data-test=close]').click();
    await page.locator('[role=dialog] [name=order_type]').selectOption('LIMIT');
    await sendDialog(page, { volume: '2', price: '3600' });
    await effect(
      () => user.working(),
      ([order]) => order?.price === 3600 && order.offset === 'CLOSETODAY',
      'two more wait for their price',
    );
    await main.locator('select[name=account]').selectOption({ index: 2 });
    await main.getByText('Nothing here.').waitFor();
    await main.locator('select[name=account]').selectOption('');
    await button(main, 'Refresh').click();
    await long.waitFor();
  });

  await t.test('orders and trades', async (t) => {
    await goTo(page, '/orders');
    await page.click('[data-test=new-order]');
    const form = page.locator('[role=dialog] [data-test=order-form]');
    for (const price of ['3471', '3472', '3473']) {
      await fill(form, { price, volume: '1' });
      const before = (await user.working()).length;
      await form.locator('[data-test=submit]').click();
      await effect(
        () => user.working(),
        ({ length }) => length === before + 1,
        'a new order',
      );
    }
    await page.keyboard.press('Escape');
    await page.locator('[role=dialog]').waitFor({ state: 'detached' });
    const [third, second, first] = await user.working();
    for (const { order_id: id } of [first, second]) await row(page, id).locator('input[type=checkbox]').check();
    await button(main, 'Cancel selected').click();
    await agree(page);
    await effect(
      () => user.working(),
      (all) => !all.some(({ price }) => price < 3473),
      'two are cancelled at once',
    );
    await row(page, third.order_id).locator('[data-test=amend]').click();
    await fill(main, { new_price: '3474' });
    await page.click('[data-test=amend-save]');
    await effect(
      () => user.working(),
      (all) => all.some(({ price }) => price === 3474),
      'one is changed',
    );
    await row(page, third.order_id).locator('[data-test=cancel]').click();
    await effect(
      () => user.working(),
      ({ length }) => length === 1,
      'and cancelled',
    );

    await page.click('[data-test=all-orders]');
    await main.locator('select[name=status]').selectOption('Filled');
    const filled = (await user.orders()).filter(({ status }) => status === 'Filled');
    await effect(
      () => main.locator('tbody tr[data-key]').count(),
      (count) => count === filled.length,
      'only what is filled',
    );
    await row(page, filled[0].order_id).click();
    await page.locator('[role=dialog] tr[data-key^=T]').first().waitFor();
    await seenInDialog(page, filled[0].order_id);
    await main.locator('input[name=end_date]').fill('2001-01-01');
    await main.getByText('Nothing here.').waitFor();

    await goTo(page, '/trades');
    await main.locator('tbody tr[data-key]').first().click();
    await seenInDialog(page, user.account);
    const csv = await saved(page, () => button(main, 'Export').click());
    t.match(csv, /^.*trade_id.*\r\n(.*SHFE\.rb.*\r\n){4,}/, 'the trades as a file');
    await main.locator('select[name=direction]').selectOption('SELL');
    await effect(
      () => main.locator('td.rise', { hasText: 'Buy' }).count(),
      (count) => count === 0,
      'only sales',
    );
    t.ok((await main.locator('tbody tr[data-key]').count()) >= 3);
  });

  await t.test('conditional and batch orders', async (t) => {
    await goTo(page, '/conditional-orders');
    const form = main.locator('form');
    const list = () => user.http.call<Conditionals>('GET', `/api/order/conditional/list?account_id=${user.account}`);
    await fill(form, { condition_type: 'PRICE_TOUCH', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT', trigger_price: '3400' });
    await fill(form, { limit_price: '3400', volume: '2', trigger_condition: 'LE' });
    await button(form, 'Submit').click();
    const { orders } = await effect(list, ({ total }) => total === 1, 'a conditional order waits');
    t.match(orders, [{ status: 'PENDING', trigger_price: 3400, trigger_condition: 'LE', limit_price: 3400, volume: 2 }]);
    await button(row(page, orders[0].conditional_order_id), 'Cancel').click();
    await effect(list, ({ orders: [order] }) => order.status === 'CANCELLED', 'and is cancelled');

    await goTo(page, '/batch-orders');
    await page.locator('textarea').fill(`${RB},BUY,OPEN,LIMIT,3461,1\n${RB};sell;open;limit;9999;1\n${RB}\tBUY\tOPEN\tLIMIT\t3462\t1`);
    await button(main, 'Take over').click();
    await button(main, 'Add').click();
    t.equal(await main.locator('tbody tr').count(), 4);
    await button(main.locator('tbody tr').last(), 'Remove').click();
    await button(main, 'Submit 3 orders').click();
    await main.getByText('2 accepted, 1 refused').waitFor();
    await main.getByText('1013 ·').waitFor();
    t.equal((await user.working()).filter(({ price }) => price < 3470).length, 2);
    await button(main, 'Clear').click();
    t.equal(await main.locator('tbody tr').count(), 1);
  });

  await t.test('passwords, transfers, history and risk', async (t) => {
    await goTo(page, '/password');
    const account = main.locator('form').nth(1);
    const fund = 'nine-red-apples';
    await fill(account, { password_type: 'FUND', old_password: PASSWORD, new_password: fund, password_again: fund });
    await button(account, 'Save').click();
    await page.getByText('Done.').first().waitFor();

    await goTo(page, '/transfer');
    const form = main.locator('form');
    const before = await user.balance();
    const transfer = { bank_id: 'ICBC', bank_password: '123456', future_password: fund };
    for (const [way, amount] of [
      ['in', '500'],
      ['out', '200'],
    ]) {
      await fill(form, { ...transfer, way, amount });
      await button(form, 'Submit').click();
      await agree(page);
      await effect(
        () => main.locator('tbody tr[data-key]').count(),
        (count) => count === (way === 'in' ? 1 : 2),
        'a transfer is listed',
      );
    }
    t.equal(await user.balance(), before + 300);

    await goTo(page, '/history');
    const rows = main.locator('tbody tr[data-key^=TXN]');
    await effect(
      () => rows.count(),
      (count) => count === 3,
      'a deposit and two transfers',
    );
    await main.locator('select[name=transaction_type]').selectOption('withdrawal');
    await effect(
      () => rows.count(),
      (count) => count === 1,
      'one of them a withdrawal',
    );
    await pressed(main, 'Today');
    t.match(await saved(page, () => button(main, 'Export').click()), /transaction_id/);
    await main.locator('select[name=account]').selectOption({ index: 1 });
    await effect(
      () => rows.count(),
      (count) => count === 2,
      'those of the second account',
    );
    await main.locator('select[name=account]').selectOption({ index: 0 });

    await goTo(page, '/risk-monitor');
    await main.getByRole('region', { name: 'Liquidations' }).first().waitFor();
    await button(main.locator('section', { hasText: 'second' }), 'Details').click();
    await main.locator('a[href="/positions"]').click();
    await page.waitForURL('**/positions');
    await goTo(page, '/risk-monitor');
    await main.locator('a[href="/accounts"]').click();
    await page.waitForURL('**/accounts');
    await goTo(page, '/announcements');
    await main.locator('select').selectOption('RISK');
    await main.getByText('Nothing here.').waitFor();
    await main.locator('select').selectOption('SYSTEM');
    await main.locator('summary').click();
    await main.locator('p', { hasText: 'Now' }).waitFor();

    await goTo(page, '/password');
    const login = main.locator('form').first();
    await fill(login, { old_password: PASSWORD, new_password: fund, password_again: fund });
    await button(login, 'Save').click();
    await page.waitForURL('**/login**');
    await t.rejects(Desk.of(server.url, 'person'), { code: 9001 }, 'the old password is none any more');
    await signIn(page, 'person', fund);
    await page.click('[data-test=logout]');
    await page.waitForURL('**/login**');
  });
  t.same(complaints, []);
});

interface Conditionals {
  readonly total: number;
  readonly orders: readonly { readonly conditional_order_id: string; readonly status: string }[];
}

/** Presses a switch and sees it pressed. */
async function pressed(within: Page | Locator, name: string): Promise<void> {
  const one = button(within, name);
  const before = await one.getAttribute('aria-pressed');
  await one.click();
  await effect(
    () => one.getAttribute('aria-pressed'),
    (now) => now !== before || now === 'true',
    name,
  );
}
