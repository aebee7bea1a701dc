/** `memory`: an event is told before it is synced; a power cut takes the last ones back, the death of the process does not. */
export type Durability = 'durable' | 'memory';

/** What the exchange is started with; `src/cli` reads it from flags and environment (users.md 9 names them). */
export interface Config {
  httpHost: string;
  /** 0 picks a free port. */
  httpPort: number;
  dataDir: string;
  /** Owners deposit for themselves, no clock closes the market. */
  simulationMode: boolean;
  instrumentsFile: string | undefined;
  /** JSON list of factors behind finished bars. */
  factorsFile?: string | undefined;
  /** JSON list of holidays; weekdays are trading days without it. */
  calendarFile: string | undefined;
  bootstrapAdminUsername: string;
  bootstrapAdminPassword: string | undefined;
  jwtSecret: string | undefined;
  jwtSecretPrevious: string | undefined;
  jwtTtlSecs: number;
  bcryptCost: number;
  matchingWorkers: number;
  /** Requests per second and user; 0 lifts every rate, login and per-user socket limit. */
  rateLimitRps: number;
  metricsToken: string | undefined;
  wsHeartbeatSecs: number;
  wsTimeoutSecs: number;
  wsMaxPerUser: number;
  corsOrigins: string[];
  /** Files of a PEM certificate chain and its key: the port speaks TLS, and nothing else. */
  tls?: TlsFiles | undefined;
  durability: Durability;
  /** Absent: one node, which needs nobody. */
  cluster?: ClusterConfig | undefined;
  /** With changes, a snapshot at the latest after so long. */
  snapshotMs: number;
  /** With changes, the history is exported at the latest after so long. */
  exportMs: number;
  /** Orders that the front refuses are noted in the log, so that `replay --what-if` can run them again. */
  logRefused: boolean;
  logLevel: string;
  /** 1/10000; granted to every new default account in simulation mode. */
  simInitialCash: number;
  /** Bars of every period that the demo instruments have when simulation mode lists them; 0 for none. */
  simulatedBars: number;
}

/** A node of a cluster. */
export interface ClusterConfig {
  /** Prefix of all keys in etcd. */
  name: string;
  node: string;
  /** False: a replica, which reads for ever. */
  mayLead: boolean;
  /** Where clients find this node; by address and port when absent. */
  url: string | undefined;
  endpoints: string[];
  /** PEM files for etcd. */
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
  /** PEM file: what the certificates of the other nodes are signed with. */
  peerCa: string | undefined;
  /** Known to all nodes: seals what they share, and lets them copy each other's data. */
  secret: string;
  /** etcd's own limit of its database. */
  quotaBytes: number;
  /** A leader that was not heard of for so long is suspected. */
  suspectMs: number;
}

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}
