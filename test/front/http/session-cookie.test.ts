import t from 'tap';
import { clearedCookies, sessionCookies, sessionOf } from '../../../src/front/http/session-cookie.js';

/** What a browser sends back of the cookies that it was given. */
function cookieHeader(headers: readonly (readonly [string, string])[]): string {
  return headers.map(([, cookie]) => cookie.split(';')[0]).join('; ');
}

function valueOf(header: string, name: string): string {
  return new RegExp(`${name}=([^;]*)`).exec(header)![1];
}

t.test('a session is continued by whoever has both cookies', async (t) => {
  const header = cookieHeader(sessionCookies('the.session.token', 3600, true));
  const proof = valueOf(header, 'qaexchange_csrf');
  t.equal(sessionOf(header, proof), 'the.session.token');
  t.equal(sessionOf(`other=1; ${header}; more=2`, proof), 'the.session.token');
});

t.test('a page of another origin cannot continue it', async (t) => {
  const header = cookieHeader(sessionCookies('the.session.token', 3600, true));
  const proof = valueOf(header, 'qaexchange_csrf');
  for (const forged of ['', 'x', `${proof}x`, proof.slice(1), 'x'.repeat(proof.length)])
    t.equal(sessionOf(header, forged), undefined, forged);
  t.equal(sessionOf('', proof), undefined);
  t.equal(sessionOf(header.replace('the.session', 'a.session'), proof), undefined, 'the proof belongs to one session');
});

t.test('no script reads the session, no other site makes the browser send it, and TLS keeps it to TLS', async (t) => {
  const [session, proof] = sessionCookies('token', 60, true).map(([, cookie]) => cookie);
  t.match(session, /^qaexchange_session=token; Path=\/api\/auth; HttpOnly; Max-Age=60; SameSite=Strict; Secure$/);
  t.match(proof, /; Max-Age=60; SameSite=Strict; Secure$/);
  t.notMatch(proof, /token|HttpOnly/);
  t.notMatch(sessionCookies('token', 60, false)[0][1], /Secure/);
  for (const [, cookie] of clearedCookies(false)) t.match(cookie, /^qaexchange_\w+=;.*Max-Age=0/);
});
