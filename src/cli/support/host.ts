/** Where a child process runs: on this machine as it is, or in a network namespace that stands for a machine of its own. */
export interface Host {
  /** What it listens on and is reached at. */
  readonly address: string;
  /** Stands before its own command line; replaces itself by the program, so that the process is the program's. */
  readonly command: readonly string[];
}

export const HERE: Host = { address: '127.0.0.1', command: [] };
