/**
 * A network of small machines on this one: each a network namespace with an address of its own, joined by one that forwards
 * between them and can be told not to. It needs root, iproute2 and nftables. Whoever uses it runs in the one in the middle
 * (`inNetwork`), and reaches all of them whatever is cut.
 */
import { spawnSync } from 'node:child_process';
import type { Host } from '../../src/cli/support/host.js';
import { asChild, run } from './run.js';

/** Names the namespace in the middle to the program that runs in it; the names of the others begin with it. */
const MIDDLE = 'QAEXCHANGE_NETWORK';

/** Why there can be none here, or false. */
export function networkMissing(): string | false {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [program, version] of [
    ['ip', '-V'],
    ['nft', '-v'],
  ]) {
    if (spawnSync(program, [version], { stdio: 'ignore' }).error !== undefined) {
      return `there is no ${program} (apt-get install iproute2 nftables)`;
    }
  }
  return false;
}

/** Runs the program at `path` in the middle of a new network and removes the network afterwards. Resolves to its exit code. */
export async function inNetwork(path: string, args: readonly string[]): Promise<number> {
  const middle = `qaexchange-${process.pid}`;
  run('ip', 'netns', 'add', middle);
  try {
    run('ip', '-n', middle, 'link', 'set', 'lo', 'up');
    run('ip', 'netns', 'exec', middle, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    run('ip', 'netns', 'exec', middle, 'nft', 'add table inet cuts');
    run('ip', 'netns', 'exec', middle, 'nft', 'add chain inet cuts forward { type filter hook forward priority 0 ; }');
    const command = ['netns', 'exec', middle, process.execPath, '--enable-source-maps', path, ...args];
    return await asChild('ip', command, { [MIDDLE]: middle });
  } finally {
    const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
    const ours = stdout.split('\n').map((line) => line.split(' ')[0]);
    for (const name of ours) if (name === middle || name.startsWith(`${middle}-`)) run('ip', 'netns', 'del', name);
  }
}

export class Network {
  private readonly addresses = new Map<string, string>();

  private constructor(private readonly middle: string) {}

  /** The network that this program runs in the middle of, if it does. */
  static current(): Network | undefined {
    const middle = process.env[MIDDLE];
    return middle === undefined ? undefined : new Network(middle);
  }

  /** A machine that is made when it is first asked for. */
  readonly host = (name: string): Host => {
    const space = `${this.middle}-${name}`;
    const known = this.addresses.get(name);
    const command = ['ip', 'netns', 'exec', space];
    if (known !== undefined) return { address: known, command };
    const number = this.addresses.size + 1;
    const [address, gateway] = [`10.77.${number}.1`, `10.77.${number}.254`];
    run('ip', 'netns', 'add', space);
    run('ip', 'link', 'add', 'wire', 'netns', space, 'type', 'veth', 'peer', 'name', `to-${name}`, 'netns', this.middle);
    run('ip', '-n', space, 'addr', 'add', `${address}/24`, 'dev', 'wire');
    run('ip', '-n', this.middle, 'addr', 'add', `${gateway}/24`, 'dev', `to-${name}`);
    for (const [where, device] of [
      [space, 'lo'],
      [space, 'wire'],
      [this.middle, `to-${name}`],
    ]) {
      run('ip', '-n', where, 'link', 'set', device, 'up');
    }
    run('ip', '-n', space, 'route', 'add', 'default', 'via', gateway);
    this.addresses.set(name, address);
    return { address, command };
  };

  /** From now on nothing that any of `from` sends comes to any of `to`. */
  cut(from: readonly string[], to: readonly string[]): void {
    for (const sender of from) {
      for (const receiver of to) {
        run('nft', 'add rule inet cuts forward', `ip saddr ${this.addressOf(sender)} ip daddr ${this.addressOf(receiver)} drop`);
      }
    }
  }

  /** Neither hears the other any more. */
  part(some: readonly string[], others: readonly string[]): void {
    this.cut(some, others);
    this.cut(others, some);
  }

  heal(): void {
    run('nft', 'flush chain inet cuts forward');
  }

  private addressOf(name: string): string {
    const address = this.addresses.get(name);
    if (address === undefined) throw new Error(`there is no host ${name}`);
    return address;
  }
}
