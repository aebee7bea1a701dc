/**
 * A WebSocket client that does only what a load generator needs, because on a small machine every microsecond the
 * generator takes is taken from the exchange it measures: messages are written into one buffer and sent together, are
 * masked with zeros (allowed, and free), and are handed over as bytes without making a string of each.
 */
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';

const OPCODE_CONTINUATION = 0x0;
const OPCODE_TEXT = 0x1;
const OPCODE_BINARY = 0x2;
const OPCODE_CLOSE = 0x8;
const OPCODE_PING = 0x9;
const OPCODE_PONG = 0xa;

const BUFFER_BYTES = 64 * 1024;
const BUFFER_BYTES_MIN = 512;
/** Longest head of a client's frame of at most 64 KiB: 2 + 2 length + 4 mask. */
const HEAD_BYTES_MAX = 8;
const MASKED = 0x80;
const FINAL = 0x80;
const CONNECT_MS_MAX = 10_000;

export interface FrameHandlers {
  /** One text message lies in `bytes` from `start` to `end`; the bytes are only valid now. */
  text(bytes: Buffer, start: number, end: number): void;
  /** Likewise one binary message. */
  binary?(bytes: Buffer, start: number, end: number): void;
  /** All messages of one read are through: the moment to send what they gave rise to. */
  readDone(): void;
  /** Comes once, last. `code` is 1006 when the peer vanished without a close frame. */
  closed(code: number): void;
}

export class FrameSocket {
  /** Small until there is more to say: many connections only listen. */
  private buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES_MIN);
  private bufferView = new DataView(this.buffer.buffer);
  private start = 0;
  private end = 0;
  private rest: Buffer | undefined;
  private closeCode = 1006;

  private constructor(
    private readonly socket: Socket,
    private readonly handlers: FrameHandlers,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.read(bytes));
    // A lost connection shows in 'close', which always follows.
    socket.on('error', () => undefined);
    socket.on('close', () => handlers.closed(this.closeCode));
  }

  /** `protocol` is the subprotocol to name, if any. */
  static async connect(url: string, handlers: FrameHandlers, protocol?: string): Promise<FrameSocket> {
    const target = new URL(url);
    const secure = target.protocol === 'wss:';
    target.protocol = secure ? 'https:' : 'http:';
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      ...(protocol === undefined ? {} : { 'sec-websocket-protocol': protocol }),
    };
    return await new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(target, { headers, timeout: CONNECT_MS_MAX, agent: false });
      request.once('upgrade', (_response, socket: Socket, head: Buffer) => {
        socket.setTimeout(0);
        const frames = new FrameSocket(socket, handlers);
        resolve(frames);
        if (head.length > 0) frames.read(head);
      });
      request.once('response', (response) => {
        response.resume();
        reject(new Error(`${url} is no WebSocket: it answered ${response.statusCode ?? 0}`));
      });
      request.once('timeout', () => request.destroy(new Error(`${url} did not answer`)));
      request.once('error', reject);
      request.end();
    });
  }

  /** Adds a message to those that the next `flush` sends. `text` holds ASCII only. */
  queueText(text: string): void {
    const position = this.reserve(text.length + HEAD_BYTES_MAX);
    const payload = this.writeHead(position, OPCODE_TEXT, text.length);
    this.buffer.write(text, payload, 'latin1');
    this.end = payload + text.length;
  }

  /** Adds a binary message of `bytes` to those that the next `flush` sends: it is written to `view` at what this gives. */
  queueBinary(bytes: number): number {
    const payload = this.writeHead(this.reserve(bytes + HEAD_BYTES_MAX), OPCODE_BINARY, bytes);
    this.end = payload + bytes;
    return payload;
  }

  /** Over the memory that messages gather in; another one after the next `queueBinary`. */
  get view(): DataView {
    return this.bufferView;
  }

  flush(): void {
    if (this.end === this.start) return;
    this.socket.write(this.buffer.subarray(this.start, this.end));
    this.start = this.end;
  }

  /** Bytes handed over that the system has not taken yet. */
  get bytesWaiting(): number {
    return this.socket.writableLength;
  }

  /** Takes nothing from the network any more, until `resume`. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    const payload = this.writeHead(this.reserve(HEAD_BYTES_MAX + 2), OPCODE_CLOSE, 2);
    this.buffer.writeUInt16BE(1000, payload);
    this.end = payload + 2;
    this.flush();
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Gives the position where `bytes` may be written. Sent parts of a buffer belong to the socket and are not reused. */
  private reserve(bytes: number): number {
    if (this.end + bytes > this.buffer.length) {
      this.flush();
      this.buffer = Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, bytes));
      this.bufferView = new DataView(this.buffer.buffer);
      this.start = 0;
      this.end = 0;
    }
    return this.end;
  }

  /** Writes the head of a frame masked with zeros; gives the position of the payload. */
  private writeHead(position: number, opcode: number, payloadBytes: number): number {
    let next = position;
    this.buffer[next++] = FINAL | opcode;
    if (payloadBytes < 126) {
      this.buffer[next++] = MASKED | payloadBytes;
    } else {
      this.buffer[next++] = MASKED | 126;
      next = this.buffer.writeUInt16BE(payloadBytes, next);
    }
    return this.buffer.writeUInt32LE(0, next);
  }

  private read(chunk: Buffer): void {
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    let position = 0;
    for (;;) {
      const frameEnd = this.readFrame(bytes, position);
      if (frameEnd < 0) break;
      position = frameEnd;
    }
    this.rest = position === bytes.length ? undefined : bytes.subarray(position);
    this.handlers.readDone();
  }

  /** Handles the frame at `position` and gives its end, or -1 when it is not complete. */
  private readFrame(bytes: Buffer, position: number): number {
    if (bytes.length - position < 2) return -1;
    let start = position + 2;
    let length = bytes[position + 1];
    if (length === 126) {
      if (bytes.length - position < 4) return -1;
      length = bytes.readUInt16BE(start);
      start += 2;
    } else if (length === 127) {
      if (bytes.length - position < 10) return -1;
      length = bytes.readUInt32BE(start) * 0x1_0000_0000 + bytes.readUInt32BE(start + 4);
      start += 8;
    }
    const end = start + length;
    if (end > bytes.length) return -1;
    this.handle(bytes[position], bytes, start, end);
    return end;
  }

  private handle(first: number, bytes: Buffer, start: number, end: number): void {
    const opcode = first & 0x0f;
    if (opcode === OPCODE_TEXT && (first & FINAL) !== 0) {
      this.handlers.text(bytes, start, end);
    } else if (opcode === OPCODE_BINARY && (first & FINAL) !== 0) {
      this.handlers.binary?.(bytes, start, end);
    } else if (opcode === OPCODE_PING) {
      const payload = this.writeHead(this.reserve(HEAD_BYTES_MAX + end - start), OPCODE_PONG, end - start);
      bytes.copy(this.buffer, payload, start, end);
      this.end = payload + (end - start);
      this.flush();
    } else if (opcode === OPCODE_CLOSE) {
      if (end - start >= 2) this.closeCode = bytes.readUInt16BE(start);
      this.socket.end();
    } else if (opcode === OPCODE_CONTINUATION || opcode === OPCODE_TEXT || opcode === OPCODE_BINARY) {
      this.socket.destroy(new Error('the peer splits messages over frames, which this client does not join'));
    }
  }
}
