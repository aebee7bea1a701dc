/** Connections that log in and then read nothing: the exchange must close them (4029) and nobody else must notice. */
import { FrameSocket } from './frame-socket.js';

/** What is still in the network is read at the end, to see how each was closed. */
const FAREWELL_MS = 500;

export interface SlowReaders {
  /** Reads what is left and ends all of them; how many the exchange had closed, by close code. */
  finish(): Promise<Record<string, number>>;
}

/** `token` is that of a busy user. */
export async function openSlowReaders(url: string, token: string, count: number): Promise<SlowReaders> {
  const codes: Record<string, number> = {};
  const sockets: FrameSocket[] = [];
  for (let index = 0; index < count; index++) sockets.push(await openSlowReader(url, token, codes));
  return {
    finish: async () => {
      for (const socket of sockets) socket.resume();
      if (count > 0) await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
      const closed = { ...codes };
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

async function openSlowReader(url: string, token: string, codes: Record<string, number>): Promise<FrameSocket> {
  let heard!: () => void;
  const authenticated = new Promise<void>((resolve) => (heard = resolve));
  const socket = await FrameSocket.connect(url, {
    text: () => heard(),
    readDone: () => undefined,
    closed: (code) => {
      codes[code] = (codes[code] ?? 0) + 1;
      heard();
    },
  });
  socket.queueText(`{"type":"auth","token":"${token}"}`);
  socket.flush();
  await authenticated;
  socket.pause();
  return socket;
}
