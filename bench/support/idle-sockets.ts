/** Connections that have subscribed to something quiet and only answer pings. */
import { FrameSocket } from '../../src/cli/load/frame-socket.js';

const AT_ONCE = 100;

export interface IdleSockets {
  readonly count: number;
  close(): void;
}

/** Opens `count` connections to `url` that listen to one instrument. */
export async function openIdle(url: string, count: number, instrumentId: string): Promise<IdleSockets> {
  const sockets: FrameSocket[] = [];
  let lost = 0;
  const handlers = {
    text: () => undefined,
    readDone: () => undefined,
    closed: () => {
      lost++;
    },
  };
  const open = async (): Promise<void> => {
    const socket = await FrameSocket.connect(url, handlers);
    socket.queueText(`{"type":"subscribe","channels":["ticker"],"instruments":["${instrumentId}"]}`);
    socket.flush();
    sockets.push(socket);
  };
  while (sockets.length < count) await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, open));
  return {
    get count() {
      return sockets.length - lost;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
