/** The rows of a suite for people. */
import type { SuiteResult } from './suite.js';

export function tableOf({ suite, when, commit, machine, rows }: SuiteResult): string {
  const heads = ['', 'median', 'unit', 'min', 'max', 'runs', 'yardstick', '', 'ratio'];
  const lines = rows.map((row) => [
    row.name,
    number(row.value),
    row.unit,
    number(row.min),
    number(row.max),
    String(row.runs),
    row.yardstick?.name ?? '',
    row.yardstick === undefined ? '' : number(row.yardstick.value),
    row.ratio === undefined ? '' : String(row.ratio),
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...lines.map((line) => line[column].length)));
  const isText = (column: number): boolean => [0, 2, 6].includes(column);
  const drawn = [heads, ...lines].map((line) =>
    line
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  const facts = Object.values(machine).join(', ');
  return [`${suite}, ${when}, commit ${commit}`, facts, '', ...drawn, ''].join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
