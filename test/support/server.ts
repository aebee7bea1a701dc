/** A private exchange for an end-to-end test: free port, temporary folder, gone when the test is. */
import { startChildServer, type ChildServer, type ChildServerOptions } from '../../src/cli/support/child-server.js';

export { ADMIN_PASSWORD, ADMIN_USERNAME, PROGRAM_PATH, runProgram } from '../../src/cli/support/child-server.js';
export type { ChildServer as TestServer, ChildServerOptions as TestServerOptions } from '../../src/cli/support/child-server.js';

/** The part of a tap test that cleans up. */
interface Teardown {
  teardown(run: () => Promise<unknown>): void;
}

export async function startServer(options: ChildServerOptions = {}): Promise<ChildServer> {
  return await startChildServer(options);
}

/** As `startServer`; the exchange is killed when the test ends, however it ends. */
export async function startServerFor(t: Teardown, options: ChildServerOptions = {}): Promise<ChildServer> {
  const server = await startChildServer(options);
  t.teardown(() => server.kill());
  return server;
}
