import t from 'tap';
import { AnswerKind, kindOf, numberField, textField } from '../../../src/cli/load/answer.js';

function kind(text: string): AnswerKind {
  const bytes = Buffer.from(`before${text}after`, 'latin1');
  return kindOf(bytes, 'before'.length, 'before'.length + text.length);
}

t.test('tells the messages of the exchange apart by their beginning', async (t) => {
  t.equal(kind('{"type":"order_response","success":true}'), AnswerKind.OrderResponse);
  t.equal(kind('{"type":"order_status","order_id":"O1"}'), AnswerKind.OrderStatus);
  t.equal(kind('{"type":"trade","trade_id":"T1"}'), AnswerKind.Trade);
  t.equal(kind('{"type":"transaction","id":1}'), AnswerKind.Other);
  t.equal(kind('{"type":"error","code":9003}'), AnswerKind.Error);
  t.equal(kind('{"type":"position_update"}'), AnswerKind.Other);
  t.equal(kind('{"type":"submit_order","request_id":"1"}'), AnswerKind.Echo);
  t.equal(kind('{"type":"order'), AnswerKind.Other, 'never reads beyond the message');
});

t.test('parses a message that begins with something else', async (t) => {
  t.equal(kind('{ "success": true, "type": "order_response" }'), AnswerKind.OrderResponse);
  t.equal(kind('[{"type":"tick"}]'), AnswerKind.Other);
  t.throws(() => kind('no JSON'), SyntaxError);
});

t.test('finds fields, and tells absence and null from values', async (t) => {
  const text = '{"order_id":"O0000000000000042","error_code":null,"code":9004,"filled_volume":3,"volume":12}';
  t.equal(textField(text, '"order_id":"'), 'O0000000000000042');
  t.equal(textField(text, '"account_id":"'), '');
  t.equal(numberField(text, '"code":'), 9004);
  t.equal(numberField(text, '"volume":'), 12, 'not the one whose name ends the same');
  t.equal(numberField(text, '"error_code":'), 0);
  t.equal(numberField(text, '"status":'), 0);
});
