/**
 * Which node of a cluster the page talks to: the one that it came from, until that one says that another leads, or is gone. What
 * the person has typed and what is shown stay as they are; the token is good on every node.
 */
import { lookForLeader } from '../../client/find-leader.js';

interface Health {
  readonly cluster?: { readonly nodes?: readonly string[] };
}

export class Place {
  /** '' for the node that the page came from. */
  private base = '';
  /** Of a single node: none. */
  private nodes: readonly string[] = [];
  private looking: Promise<boolean> | undefined;
  private readonly hooks = new Set<() => void>();

  /** The page talks to another node than it came from. */
  get isElsewhere(): boolean {
    return this.base !== '';
  }

  urlOf(path: string): string {
    return this.base + path;
  }

  get socketUrl(): string {
    return `${(this.base || location.origin).replace(/^http/, 'ws')}/ws`;
  }

  /** `hook` runs when another node is talked to from now on. */
  onMove(hook: () => void): void {
    this.hooks.add(hook);
  }

  /** Asks which nodes there are. */
  async learn(): Promise<void> {
    try {
      const { cluster } = (await (await fetch(this.urlOf('/health'))).json()) as Health;
      this.nodes = cluster?.nodes ?? [];
    } catch {
      // whoever does not answer is asked again when the connection is back
    }
  }

  /** Talks to this node from now on, when it is one of ours. False when nothing changes by that. */
  follow(url: string): boolean {
    if (url === this.current || !this.nodes.includes(url)) return false;
    this.base = url === location.origin ? '' : url;
    for (const hook of this.hooks) hook();
    return true;
  }

  /** Looks for who leads, and follows; false when that changes nothing. */
  async look(): Promise<boolean> {
    if (this.nodes.length === 0) return false;
    this.looking ??= lookForLeader(this.nodes)
      .then((leader) => leader !== undefined && this.follow(leader))
      .finally(() => (this.looking = undefined));
    return await this.looking;
  }

  private get current(): string {
    return this.base || location.origin;
  }
}

export const place = new Place();
