import t from 'tap';
import { runProgram } from '../support/server.js';

interface Report {
  ok: boolean;
  failure?: string;
  steps: { title: string; checks: { what: string; expected: unknown; actual: unknown; ok: boolean }[] }[];
}

t.test('the demo tells its story, every figure is as expected, and it exits 0', async (t) => {
  const { code, stdout, stderr } = await runProgram(['demo', '--json']);
  const report = JSON.parse(stdout) as Report;
  t.equal(report.failure, undefined);
  for (const { title, checks } of report.steps) {
    t.strictSame(
      checks.filter(({ ok }) => !ok),
      [],
      title,
    );
  }
  t.ok(report.ok);
  t.ok(report.steps.flatMap(({ checks }) => checks).length > 40, 'there are figures');
  t.equal(code, 0, stderr);
});
