import t from 'tap';
import { checkCrashes } from './crash-check.js';

t.test('after kill -9 while it starts, perhaps more than once, an exchange starts, and nothing is lost', async (t) => {
  const { inStartup } = await checkCrashes(t, { ways: ['load', 'rest'], startupEvery: 1 });
  t.ok(inStartup > 0, `${inStartup} kills fell into a start`);
});
