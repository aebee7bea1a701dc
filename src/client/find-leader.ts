/** Which of the nodes of a cluster leads: each says where it believes the leader is, and only the leader says it is that. */

/** A node that takes longer is dead or cut off. */
const ANSWER_MS_MAX = 400;
/** From one look to the next, which does not wait for the answers of those that are dead. */
const LOOK_MS = 25;

interface Health {
  status?: string;
  cluster?: { role?: string; leader?: string | null };
}

/** The address of the leader; a single node is its own. Rejects once `signal` is aborted. */
export async function findLeader(urls: readonly string[], signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted();
  const over = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { signal: over.signal });
      void lookForLeader(urls).then((url) => {
        if (url !== undefined) resolve(url);
      });
      lookAgainAndAgain(urls, LOOK_MS, over.signal, resolve);
    });
  } finally {
    over.abort();
  }
}

/** Calls `found` with who leads whenever that is seen, for the first time after `everyMs`, until `signal` is aborted. */
export function lookAgainAndAgain(urls: readonly string[], everyMs: number, signal: AbortSignal, found: (url: string) => void): void {
  const look = async (): Promise<void> => {
    const url = await lookForLeader(urls);
    if (url !== undefined && !signal.aborted) found(url);
  };
  const timer = setInterval(() => void look(), everyMs);
  signal.addEventListener('abort', () => {
    clearInterval(timer);
  });
}

/** Resolves with the first one found, without waiting for nodes that do not answer; undefined when nobody leads. */
export async function lookForLeader(urls: readonly string[]): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const asked = urls.map(async (url) => {
      const health = await healthOf(url);
      if (leads(health)) {
        resolve(url);
        return;
      }
      const hint = health?.cluster?.leader;
      if (typeof hint === 'string' && !urls.includes(hint) && leads(await healthOf(hint))) resolve(hint);
    });
    void Promise.all(asked).then(() => {
      resolve(undefined);
    });
  });
}

function leads(health: Health | undefined): boolean {
  return health?.status === 'ok' && (health.cluster === undefined || health.cluster.role === 'leader');
}

async function healthOf(url: string): Promise<Health | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    return (await response.json()) as Health;
  } catch {
    return undefined;
  }
}
