/** Which of the nodes of a cluster leads: each says where it believes the leader is, and only the leader says it is that. */

/** A node that takes longer is dead or cut off. */
const ANSWER_MS_MAX = 400;
const PAUSE_MS = 10;

interface Health {
  status?: string;
  cluster?: { role?: string; leader?: string | null };
}

/** The address of the leader; a single node is its own. Rejects once `signal` is aborted. */
export async function findLeader(urls: readonly string[], signal?: AbortSignal): Promise<string> {
  for (;;) {
    signal?.throwIfAborted();
    const found = await lookForLeader(urls);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
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
