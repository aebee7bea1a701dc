/** Addresses of peers, as uWebSockets.js gives them: 4 or 16 bytes. */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import type { Origin } from '../services/origin.js';

const MAPPED_PREFIX_BYTES = 12;

/** Where a request comes from that is about to become a connection. */
export function originOf(response: HttpResponse, request: HttpRequest): Origin {
  return { address: addressText(new Uint8Array(response.getRemoteAddress())), userAgent: request.getHeader('user-agent') };
}

/** Dotted for IPv4, also when it came mapped into IPv6; otherwise eight groups. */
export function addressText(bytes: Uint8Array): string {
  const v4 = v4Bytes(bytes);
  if (v4 !== undefined) return v4.join('.');
  const groups: string[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) groups.push(((bytes[i] << 8) | bytes[i + 1]).toString(16));
  return groups.join(':');
}

/** Whether the text of an address is one of this machine itself. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '0:0:0:0:0:0:0:1';
}

function v4Bytes(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === 4) return bytes;
  if (bytes.length !== 16 || bytes[10] !== 0xff || bytes[11] !== 0xff) return undefined;
  return bytes.subarray(0, 10).every((byte) => byte === 0) ? bytes.subarray(MAPPED_PREFIX_BYTES) : undefined;
}
