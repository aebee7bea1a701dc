/** What the socket client needs of a WebSocket, so that a browser's own and a package's serve alike. */
export interface TransportHandlers {
  readonly opened: () => void;
  readonly message: (text: string) => void;
  /** A binary message; its memory may be used again afterwards. */
  readonly binary?: (bytes: Uint8Array) => void;
  /** Comes once, last; also when the connection never opened. */
  readonly closed: (code: number, reason: string) => void;
}

export interface Transport {
  /** Text, or a binary message whose memory may be used again once this returns. */
  send(message: string | Uint8Array): void;
  close(code: number): void;
}

/** Begins to connect, with `protocol` as the subprotocol when given. A transport answers the ping frames of the exchange by itself. */
export type OpenTransport = (url: string, handlers: TransportHandlers, protocol?: string) => Transport;
