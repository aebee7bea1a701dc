/**
 * The cookies of a page's session. One holds the session, and no script can read it; the other holds a digest of it, which only a page of
 * this origin can read and must send along: a foreign page that makes the browser send the cookies cannot.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

const SESSION = 'qaexchange_session';
const PROOF = 'qaexchange_csrf';

type Headers = readonly (readonly [string, string])[];

export function sessionCookies(session: string, seconds: number, isSecure: boolean): Headers {
  const common = `; Max-Age=${seconds}; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  return [
    ['set-cookie', `${SESSION}=${session}; Path=/api/auth; HttpOnly${common}`],
    ['set-cookie', `${PROOF}=${proofOf(session)}; Path=/${common}`],
  ];
}

export function clearedCookies(isSecure: boolean): Headers {
  const common = `; Max-Age=0; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  return [
    ['set-cookie', `${SESSION}=; Path=/api/auth; HttpOnly${common}`],
    ['set-cookie', `${PROOF}=; Path=/${common}`],
  ];
}

/** The session of a Cookie header, when `proof` shows that the page could read what belongs to it. */
export function sessionOf(cookieHeader: string, proof: string): string | undefined {
  const prefix = `${SESSION}=`;
  const pairs = cookieHeader.split(';').map((pair) => pair.trim());
  const session = pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length) ?? '';
  if (session === '') return undefined;
  const [wanted, sent] = [Buffer.from(proofOf(session)), Buffer.from(proof)];
  return wanted.length === sent.length && timingSafeEqual(wanted, sent) ? session : undefined;
}

function proofOf(session: string): string {
  return createHash('sha256').update(`csrf ${session}`).digest('base64url');
}
