/** What a session needs of its connection; the WebSocket of uWebSockets.js has it all, tests have their own. */
export interface ClientSocket {
  /** One frame, text or binary. 1: sent; 0: kept until the peer takes it; 2: dropped, because too much is kept already. */
  send(message: string | Uint8Array, isBinary: boolean): number;
  /** Bytes kept because the peer does not take them. */
  getBufferedAmount(): number;
  /** Sends a close frame; the socket must not be touched afterwards. */
  end(code: number, reason: string): void;
  ping(): number;
  /** Everything sent by `write` goes out in one piece. */
  cork(write: () => void): unknown;
}

/** Why a connection is closed (websocket.md 1). */
export const CloseCode = {
  serverStop: 1001,
  tooBig: 1009,
  authentication: 4001,
  heartbeat: 4008,
  slowConsumer: 4029,
  flood: 4030,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

export const CLOSE_REASONS: Readonly<Record<CloseCode, string>> = {
  [CloseCode.serverStop]: 'server stopping',
  [CloseCode.tooBig]: 'message too big',
  [CloseCode.authentication]: 'not authenticated',
  [CloseCode.heartbeat]: 'heartbeat timeout',
  [CloseCode.slowConsumer]: 'slow consumer',
  [CloseCode.flood]: 'flood',
};
