/** The report of a what-if, for people and for programs. */
import { nameOf, Offset, Side } from '../../core/enums.js';
import { toDecimal } from '../../core/units.js';
import { accountId } from '../../front/views/ids.js';
import type { Output, Row } from './tool.js';
import type { Decision } from './what-if/order-stream.js';
import type { WhatIfReport } from './what-if/what-if.js';

const DECISIONS_SHOWN = 20;
const ACCOUNTS_SHOWN = 50;

type NameOfInstrument = (instrument: number) => string;

export function whatIfJson(report: WhatIfReport, changes: readonly string[], instrumentName: NameOfInstrument) {
  return { changes, ...report, decisions: report.decisions.map((decision) => decisionOf(decision, instrumentName)) };
}

export function printWhatIf(report: WhatIfReport, changes: readonly string[], instrumentName: NameOfInstrument, out: Output): void {
  const { stream, fidelity, totals, orders, instruments, accounts, decisions } = report;
  out.title(`What if ${changes.join(' and ')}, events ${report.from + 1} to ${report.to}`);
  const notNoted = stream.not_noted === 0 ? '' : `, ${stream.not_noted} more were not noted`;
  out.pairs([
    ['orders', `${stream.orders}, of them ${stream.declined} that the front had refused${notNoted}`],
    ['cancels, amends', `${stream.cancels}, ${stream.amends}`],
    ['fidelity', `${fidelity.decided_otherwise} orders are decided otherwise than in the log even without the change`],
    ['trades in the log', `${fidelity.trades[0]}, and ${fidelity.trades[1]} without the change`],
  ]);
  out.title('Totals');
  out.table(
    ['', 'as it was', 'changed', 'difference'],
    Object.entries(totals).map(([name, both]) => comparison(name, both)),
  );
  out.pairs([
    ['accepted now', orders.accepted_now],
    ['refused now', orders.refused_now],
    ['refused for another reason', orders.refused_otherwise],
  ]);
  out.title('Instruments (as it was → changed)');
  out.table(
    ['instrument', 'trades', 'lots', 'average price', 'open interest'],
    instruments.map((i) => [i.instrument_id, ...[i.trades, i.volume, i.average_price, i.open_interest].map(arrow)]),
  );
  out.title(`Accounts with a difference: ${accounts.length}`);
  out.table(
    ['account', 'trades', 'lots', 'fees', 'profit', 'margin', 'available'],
    accounts
      .slice(0, ACCOUNTS_SHOWN)
      .map((a) => [a.account_id, ...[a.trades, a.volume, a.fees, a.profit, a.margin, a.available].map(arrow)]),
  );
  if (decisions.length === 0) return;
  out.title('Orders decided otherwise');
  out.table(
    ['event', 'account', 'instrument', 'order', 'as it was', 'changed'],
    decisions.slice(0, DECISIONS_SHOWN).map((decision): Row => {
      const { sequence, account_id, instrument_id, side, offset, volume, price, baseline, changed } = decisionOf(decision, instrumentName);
      return [sequence, account_id, instrument_id, `${side} ${offset} ${volume}@${price}`, verdict(baseline), verdict(changed)];
    }),
  );
}

function decisionOf(
  { sequence, account, instrument, side, offset, volume, price, logged, baseline, varied }: Decision,
  name: NameOfInstrument,
) {
  return {
    sequence,
    account_id: accountId(account),
    instrument_id: name(instrument),
    side: nameOf(Side, side),
    offset: nameOf(Offset, offset),
    volume,
    price: toDecimal(price),
    logged,
    baseline,
    changed: varied,
  };
}

function comparison(name: string, [before, now]: readonly [number, number]): Row {
  return [name, before, now, Number((now - before).toFixed(4))];
}

function arrow([before, now]: readonly [number, number]): string {
  return before === now ? String(before) : `${before} → ${now}`;
}

function verdict(code: number): string {
  return code === 0 ? 'accepted' : `refused ${code}`;
}
