/** The conditional orders that prices fire, and their order, against a list that is walked from end to end every time. */
import fc from 'fast-check';
import t from 'tap';
import { NO_MARK } from '../../src/front/services/repeated-requests.js';
import { ByteReader, ByteWriter } from '../../src/core/byte-writer.js';
import { readConditionals, writeConditionals } from '../../src/core/conditionals/conditional-codec.js';
import { ConditionalTable } from '../../src/core/conditionals/conditional-table.js';
import { conditionalId } from '../../src/core/conditionals/conditional.js';
import { ConditionalStatus, TriggerCondition } from '../../src/core/enums.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const INSTRUMENTS = 2;
const ACCOUNTS = 3;

const price = fc.integer({ min: 1, max: 12 });
const instrument = fc.integer({ min: 1, max: INSTRUMENTS });
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('place' as const),
      instrument,
      account: fc.integer({ min: 1, max: ACCOUNTS }),
      trigger: price,
      condition: fc.constantFrom(...Object.keys(TriggerCondition)),
      validUntil: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 200 })),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('print' as const), instrument, prices: fc.array(price, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat(1000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('accept' as const), pick: fc.nat(1000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const), pick: fc.nat(1000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('endDay' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

interface Plain {
  number: number;
  instrument: number;
  account: number;
  trigger: number;
  condition: string;
  validUntil: number;
  touched: number;
  status: string;
}

/** The rules as they are written. */
class NaiveList {
  readonly all: Plain[] = [];

  pending(): Plain[] {
    return this.all.filter(({ status }) => status === 'PENDING');
  }

  print(instrument: number, price: number, time: number): void {
    for (const it of this.pending()) {
      if (it.instrument === instrument && it.touched === 0 && this.isMet(it, price)) it.touched = time;
    }
  }

  touched(): number[] {
    const times = [...new Set(this.pending().map(({ touched }) => touched))].filter((time) => time > 0).sort((a, b) => a - b);
    return times.flatMap((time) => this.pending().filter(({ touched }) => touched === time)).map(({ number }) => number);
  }

  private isMet({ condition, trigger }: Plain, price: number): boolean {
    if (condition === 'GE') return price >= trigger;
    if (condition === 'LE') return price <= trigger;
    return condition === 'GT' ? price > trigger : price < trigger;
  }
}

class Pair {
  table = this.newTable();
  readonly naive = new NaiveList();
  readonly ended: string[] = [];
  private time = 1;

  run(step: Action): void {
    this.time++;
    switch (step.kind) {
      case 'place':
        return this.place(step);
      case 'print':
        // one command: all its prices have its time
        for (const price of step.prices) {
          this.table.price(step.instrument, price, this.time);
          this.naive.print(step.instrument, price, this.time);
        }
        return;
      case 'expire': {
        const due = Array.from(this.table.expiredBy(this.time), ({ conditional }) => conditional).sort((a, b) => a - b);
        const naive = this.naive.pending().filter(({ validUntil }) => validUntil > 0 && validUntil <= this.time);
        same(
          due,
          naive.map(({ number }) => number),
          'expired',
        );
        for (const conditional of due) this.end(conditional, 'EXPIRED');
        return;
      }
      case 'endDay':
        for (const it of this.naive.pending()) if (it.validUntil === 0) it.status = 'EXPIRED';
        this.table.endDay();
        return;
      case 'restore':
        this.table = this.restored();
        return;
      default:
        this.endSome(step);
    }
  }

  check(): void {
    const pending = this.naive.pending();
    const { table } = this;
    same(
      table.touchedInOrder().map(({ conditional }) => conditional),
      this.naive.touched(),
      'touched, in order',
    );
    same(
      table.pending().map(({ conditional }) => conditional),
      pending.map(({ number }) => number),
      'pending',
    );
    same(
      [table.pendingCount, table.touchedCount, table.waitingCount],
      [pending.length, this.naive.touched().length, pending.length - this.naive.touched().length],
      'counts',
    );
    for (let account = 0; account <= ACCOUNTS; account++) {
      const of = this.naive.all.filter((it) => account === 0 || it.account === account);
      same(
        [...table.countsOf(account)],
        Object.keys(ConditionalStatus).map((name) => of.filter(({ status }) => status === name).length),
        'statistics',
      );
    }
  }

  private place({ instrument, account, trigger, condition, validUntil }: Extract<Action, { kind: 'place' }>): void {
    const number = this.naive.all.length + 1;
    this.naive.all.push({ number, instrument, account, trigger, condition, validUntil, touched: 0, status: 'PENDING' });
    this.table.place(
      {
        ...{ conditional: number, account, instrument, side: 0, offset: 0, priceType: 0, volume: 1, limitPrice: 1, conditionType: 0 },
        triggerPrice: trigger,
        triggerCondition: TriggerCondition[condition as keyof typeof TriggerCondition],
        validUntilUs: validUntil,
        ...NO_MARK,
      },
      this.time,
    );
  }

  private endSome({ kind, pick }: { kind: 'cancel' | 'accept' | 'refuse'; pick: number }): void {
    if (kind === 'cancel') {
      const pending = this.naive.pending();
      if (pending.length > 0) this.end(pending[pick % pending.length].number, 'CANCELLED');
      return;
    }
    // an order by that name counts only once the condition was met
    const number = 1 + (pick % (this.naive.all.length + 1));
    const it = this.naive.all.find((plain) => plain.number === number);
    if (it?.status === 'PENDING' && it.touched > 0) it.status = kind === 'accept' ? 'TRIGGERED' : 'FAILED';
    if (kind === 'accept') this.table.accepted(pick + 1, conditionalId(number));
    else this.table.refused(conditionalId(number), 1001);
  }

  private end(conditional: number, status: 'CANCELLED' | 'EXPIRED'): void {
    this.naive.all[conditional - 1].status = status;
    this.table.end({ conditional, status: ConditionalStatus[status], code: 0 });
  }

  private newTable(): ConditionalTable {
    return new ConditionalTable(() => undefined);
  }

  private restored(): ConditionalTable {
    const bytes = bytesOf(this.table);
    const table = this.newTable();
    const input = new ByteReader(bytes);
    readConditionals(input, table);
    input.end();
    if (!bytes.equals(bytesOf(table))) throw new Error('a restored table is not what was saved');
    return table;
  }
}

function bytesOf(table: ConditionalTable): Buffer {
  const out = new ByteWriter();
  writeConditionals(out, table);
  return Buffer.from(out.finish());
}

function same(found: readonly unknown[], expected: readonly unknown[], what: string): void {
  if (found.join() !== expected.join()) throw new Error(`${what}: found ${found.join()}, expected ${expected.join()}`);
}

t.test(`prices fire what the rules say, in their order (SEED=${SEED})`, async (t) => {
  let touched = 0;
  fc.assert(
    fc.property(fc.array(action, { minLength: 40, maxLength: 200, size: 'max' }), (actions) => {
      const pair = new Pair();
      for (const step of actions) {
        pair.run(step);
        pair.check();
      }
      touched += pair.naive.all.filter((it) => it.touched > 0).length;
    }),
    { seed: SEED, numRuns: 200, verbose: 1 },
  );
  t.ok(touched > 1000, `${touched} were met`);
});
