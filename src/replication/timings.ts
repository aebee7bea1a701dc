/** How patient the nodes of a cluster are. One number decides: when a leader that is not heard of is suspected. */

/** On one machine or in one rack. Hosts that are further apart, or busy with other things, want more. */
export const SUSPECT_MS = 300;

export interface Timings {
  /** A leader that was not heard of for so long is suspected; it answers no longer than that without the cluster's word. */
  readonly suspectMs: number;
  readonly heartbeatMs: number;
  /** The next standby waits so much longer, and so on. */
  readonly staggerMs: number;
  /** Silence after which another member of etcd is asked: two heartbeats are missing. */
  readonly silenceMs: number;
  /** A majority that took longer to answer was without a leader itself: ours gets the time of one more heartbeat. */
  readonly slowAnswerMs: number;
  readonly graceMs: number;
  /** Of a call to etcd. */
  readonly deadlineMs: number;
}

export function timingsOf(suspectMs: number): Timings {
  const share = (part: number): number => Math.round((suspectMs * part) / SUSPECT_MS);
  return {
    suspectMs,
    heartbeatMs: share(100),
    staggerMs: share(25),
    silenceMs: share(220),
    slowAnswerMs: share(80),
    graceMs: share(130),
    deadlineMs: share(120),
  };
}
