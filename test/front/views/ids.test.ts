import t from 'tap';
import * as ids from '../../../src/front/views/ids.js';

t.test('renders every kind of id with its prefix and width', (t) => {
  t.equal(ids.userId(9), 'U0000000009');
  t.equal(ids.accountId(17), 'ACC_0000000017');
  t.equal(ids.orderId(42), 'O0000000000000042');
  t.equal(ids.tradeId(17), 'T0000000000000017');
  t.equal(ids.transactionId(1), 'TXN000000000001');
  t.equal(ids.auditId(3), 'AUD000000000003');
  t.end();
});

t.test('parses what it renders', (t) => {
  for (const number of [1, 42, 4_294_967_295]) {
    t.equal(ids.parseUserId(ids.userId(number)), number);
    t.equal(ids.parseAccountId(ids.accountId(number)), number);
    t.equal(ids.parseOrderId(ids.orderId(number)), number);
    t.equal(ids.parseTradeId(ids.tradeId(number)), number);
    t.equal(ids.parseTransactionId(ids.transactionId(number)), number);
    t.equal(ids.parseAuditId(ids.auditId(number)), number);
    t.equal(ids.parseOrderAuditId(ids.orderAuditId(number)), number);
    t.equal(ids.parseAuditId(ids.orderAuditId(number)), 0);
  }
  t.end();
});

t.test('answers 0 for everything that is no id', (t) => {
  const wrong = [
    '',
    'U',
    'U000000000',
    'U00000000009',
    'u0000000009',
    'U000000000x',
    'U-000000009',
    'U+000000009',
    'ACC_0000000017',
    '0000000009U',
  ];
  for (const text of wrong) t.equal(ids.parseUserId(text), 0, text);
  t.equal(ids.parseOrderId('O9999999999999999'), 0, 'beyond the whole numbers of a double');
  t.equal(ids.parseUserId('U٠٠٠٠٠٠٠٠٠٩'), 0, 'digits of other scripts');
  t.end();
});
