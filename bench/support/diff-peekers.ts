/** Many DIFF connections that peek as soon as they are served, and count what they get. */
import { FrameSocket } from '../../src/cli/load/frame-socket.js';

const PEEK = '{"aid":"peek_message"}';
/** Connections opened at once. */
const OPENING = 50;

export interface Served {
  /** Packets. */
  perSecond: number;
  bytesPerPacket: number;
}

export interface Arrival {
  /** `performance.now()` */
  readonly ms: number;
  readonly bytes: number;
}

export interface Peekers {
  /** Counts packets for a while. */
  count(durationMs: number): Promise<Served>;
  /** Resolves when nothing has come for so long. */
  quiet(silenceMs: number): Promise<void>;
  /** Notes the packets that arrive from now on; what it gives ends that. */
  arrivals(): () => Arrival[];
  close(): void;
}

/** `firstOf` a connection's number is what it sends when it is open; one that sends nothing then never peeks. */
export async function openPeekers(url: string, count: number, firstOf: (connection: number) => string): Promise<Peekers> {
  const sockets: FrameSocket[] = [];
  let packets = 0;
  let bytes = 0;
  let lastMs = performance.now();
  let noted: Arrival[] | undefined;

  const open = async (connection: number): Promise<void> => {
    const first = firstOf(connection);
    let isOwed = false;
    // What comes with the answer to the upgrade is read before there is a socket: it is paid for by the first peek.
    const peeking: { socket?: FrameSocket } = {};
    const connected = await FrameSocket.connect(url, {
      text: (_bytes, start, end) => {
        packets++;
        bytes += end - start;
        lastMs = performance.now();
        noted?.push({ ms: lastMs, bytes: end - start });
        isOwed = true;
      },
      readDone: () => {
        if (!isOwed || first === '') return;
        isOwed = false;
        peeking.socket?.queueText(PEEK);
        peeking.socket?.flush();
      },
      closed: () => undefined,
    });
    peeking.socket = connected;
    sockets.push(connected);
    if (first === '') return;
    connected.queueText(first);
    connected.queueText(PEEK);
    connected.flush();
  };
  while (sockets.length < count) {
    const opened = sockets.length;
    await Promise.all(Array.from({ length: Math.min(OPENING, count - opened) }, (_, n) => open(opened + n)));
  }

  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  return {
    count: async (durationMs) => {
      const [packetsBefore, bytesBefore, startMs] = [packets, bytes, performance.now()];
      await pause(durationMs);
      const served = packets - packetsBefore;
      return { perSecond: (served * 1000) / (performance.now() - startMs), bytesPerPacket: (bytes - bytesBefore) / Math.max(1, served) };
    },
    quiet: async (silenceMs) => {
      for (;;) {
        const restMs = lastMs + silenceMs - performance.now();
        if (restMs <= 0) return;
        await pause(restMs);
      }
    },
    arrivals: () => {
      const arrived: Arrival[] = [];
      noted = arrived;
      return () => {
        noted = undefined;
        return arrived;
      };
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
