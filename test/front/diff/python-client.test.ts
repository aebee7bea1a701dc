/** What only the Python client asks: contracts by GraphQL, and whether they trade (diff.md 9). */
import t, { type Test } from 'tap';
import { DiffFloor, type Leaf } from './diff-floor.js';

function floorOf(t: Test): DiffFloor {
  const floor = new DiffFloor();
  t.teardown(() => {
    floor.close();
  });
  floor.circle.list({
    ...{ instrumentId: 'SHFE.rb2605', name: 'Steel rebar', productId: 'rb', exchange: 1, multiplier: 10, priceTick: 10_000 },
    ...{ preSettlement: 35_000_000, sessionTemplate: 'COMM_NIGHT_2300', expireDate: 20260515 },
  });
  return floor;
}

/** As the client asks for the terms of a contract. */
const TERMS = `
  query ($instrument_id:[String]) {multi_symbol_info(instrument_id:$instrument_id) {
    ... on basic{ class trading_time{day night} trading_day instrument_id instrument_name price_tick price_decs exchange_id english_name}
    ... on stock{ stock_dividend_ratio cash_dividend_ratio}
    ... on tradeable{ volume_multiple quote_multiple}
    ... on future{ expired product_id product_short_name delivery_year delivery_month expire_datetime settlement_price
      max_market_order_volume max_limit_order_volume margin commission mmsa}
    ... on option{ strike_price call_or_put }
    ... on derivative{ underlying{ count edges{ underlying_multiple node{ ... on basic{ instrument_id } } } } }
  }}`;

t.test('the terms of a contract', async (t) => {
  const client = floorOf(t).connect();
  const variables = { instrument_id: ['SHFE.rb2605', 'SHFE.none'] };
  client.send('ins_query', { query_id: 'PYSDK_quote_1', query: TERMS, variables });
  await client.next();
  const { result, ...question } = client.mirror.symbols['PYSDK_quote_1'] as unknown as { result: Record<string, Leaf[]> };
  t.same(question, { query_id: 'PYSDK_quote_1', query: TERMS, variables }, 'the question comes with the answer');
  t.strictSame(Object.keys(result), ['multi_symbol_info']);
  t.strictSame(result.multi_symbol_info, [
    {
      class: 'FUTURE',
      trading_time: {
        day: [
          ['09:00:00', '10:15:00'],
          ['10:30:00', '11:30:00'],
          ['13:30:00', '15:00:00'],
        ],
        night: [['21:00:00', '23:00:00']],
      },
      trading_day: '20260105',
      instrument_id: 'SHFE.rb2605',
      instrument_name: 'Steel rebar',
      price_tick: 1,
      price_decs: 0,
      exchange_id: 'SHFE',
      english_name: 'Steel rebar',
      volume_multiple: 10,
      quote_multiple: 1,
      expired: false,
      product_id: 'rb',
      product_short_name: 'rb',
      delivery_year: 2026,
      delivery_month: 5,
      expire_datetime: Date.UTC(2026, 4, 15, 7) * 1e6,
      max_market_order_volume: 10_000,
      max_limit_order_volume: 10_000,
      margin: 3500,
      commission: 0,
      mmsa: false,
    },
  ]);
  client.send('ins_query', { query_id: 'PYSDK_quote_1', query: '', variables: {} });
  await client.next();
  t.same(client.mirror.symbols, {}, 'an empty question takes the answer away');
});

t.test('questions select', async (t) => {
  const client = floorOf(t).connect();
  const ask = async (query: string, variables?: Record<string, unknown>): Promise<Leaf> => {
    client.send('ins_query', { query_id: 'q', query, variables });
    await client.next();
    return client.mirror.symbols['q'];
  };
  const named = async (args: string, variables?: Record<string, unknown>): Promise<string[]> => {
    const { result } = (await ask(`{multi_symbol_info${args}{instrument_id}}`, variables)) as unknown as {
      result: { multi_symbol_info: { instrument_id: string }[] };
    };
    return result.multi_symbol_info.map(({ instrument_id: id }) => id);
  };
  t.same(await named(''), ['SIM.x', 'SHFE.rb2605']);
  t.same(await named('(class:FUTURE, exchange_id:["SHFE","DCE"])'), ['SHFE.rb2605']);
  t.same(await named('(class:[OPTION,INDEX])'), []);
  t.same(await named('(has_night:true)'), ['SHFE.rb2605']);
  t.same(await named('(expired:true)'), []);
  t.same(await named('(product_id:"rb", timestamp: 1.5e9)'), ['SHFE.rb2605']);
  t.same(
    await ask(
      `# two questions in one
      query Both($ex:[String]=["SHFE"],$class_:[Class!]!){a:symbol_info(exchange_id:$ex,class:$class_){...short},b:symbol_info(exchange_id:null){...short}}
      fragment short on basic{id:instrument_id ... on option{strike_price}}`,
      { class_: ['FUTURE'] },
    ).then(({ result }) => result),
    { a: [{ id: 'SHFE.rb2605' }], b: [{ id: 'SIM.x' }, { id: 'SHFE.rb2605' }] },
  );
});

t.test('questions that cannot be answered say why; nobody is harmed', async (t) => {
  const client = floorOf(t).connect();
  const wide = `fragment f0 on basic{instrument_id}${Array.from({ length: 15 }, (_, n) => `fragment f${n + 1} on basic{${`...f${n} `.repeat(4)}}`).join('')}`;
  const faulty = [
    ...[
      '{',
      '}',
      'query',
      'query {',
      '{a b}',
      '{multi_symbol_info(',
      '{multi_symbol_info(class:){x}}',
      '{multi_symbol_info{...gone}}',
      '{"a"}',
    ],
    ...[
      'mutation {x}',
      '{users{password}}',
      '{multi_symbol_info{x}} {multi_symbol_info{x}}',
      '{multi_symbol_info(a:"\\q"){x}}',
      '\u0000',
      '{a@b}',
    ],
    `{multi_symbol_info{...f}} fragment f on basic{...f}`,
    `{multi_symbol_info{...f15}} ${wide}`,
    '{multi_symbol_info'.repeat(100),
    `{multi_symbol_info(a:${'['.repeat(50_000)}`,
    `{${'x'.repeat(100_000)}}`,
  ];
  for (const [n, query] of faulty.entries()) {
    client.send('ins_query', { query_id: `q${n}`, query, variables: [] });
    await client.next();
    t.type(client.mirror.symbols[`q${n}`].error, 'string', query.slice(0, 60));
  }
  const before = Object.keys(client.mirror.symbols).length;
  for (const fields of [{}, { query_id: 5, query: '{x}' }, { query_id: 'x'.repeat(300), query: '{x}' }]) client.send('ins_query', fields);
  client.send('ins_query', { query_id: '\u2028', query: '{multi_symbol_info(class:"\u2028"){x}}', variables: { text: '\u2029' } });
  await client.next();
  t.equal(Object.keys(client.mirror.symbols).length, before + 1, 'questions without a name are passed over');
  t.notOk(/[\u2028\u2029]/.test(client.socket.frames.at(-1)!), 'an answer is an expression as well');
});

t.test('whether instruments trade', async (t) => {
  const floor = floorOf(t);
  const client = floor.connect();
  client.send('subscribe_trading_status', { ins_list: 'SIM.x,SHFE.none,rb2605' });
  await client.next();
  t.same(client.mirror.trading_status, {
    'SIM.x': { symbol: 'SIM.x', trade_status: 'CONTINOUS' },
    rb2605: { symbol: 'rb2605', trade_status: 'CONTINOUS' },
  });
  const words = new Map<string, string>([
    ['AUCTION_ORDER', 'AUCTIONORDERING'],
    ['AUCTION_CANCEL', 'AUCTIONORDERING'],
    ['AUCTION_MATCH', 'NOTRADING'],
    ['CONTINUOUS', 'CONTINOUS'],
    ['BREAK', 'NOTRADING'],
    ['CLOSED', 'NOTRADING'],
  ]);
  for (const [phase, word] of words) {
    floor.circle.phase(floor.instrument, phase as Parameters<typeof floor.circle.phase>[1]);
    await floor.turn();
    await client.next();
    t.equal(String(client.mirror.trading_status['SIM.x'].trade_status), word, phase);
  }
  client.send('subscribe_trading_status', { ins_list: '' });
  await client.next();
  const { packets } = client;
  floor.circle.phase(floor.instrument, 'CONTINUOUS');
  await floor.turn();
  await client.next();
  t.equal(client.packets, packets, 'nothing more for whoever has let go');
  client.send('subscribe_trading_status', { ins_list: 7 });
  client.send('subscribe_trading_status');
  await client.next();
});
