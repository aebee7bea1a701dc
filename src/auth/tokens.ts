/** Login tokens: JWT signed with HS256 and nothing else. Times go in as UTC milliseconds; claims carry whole seconds. */
import { createSecretKey, randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { AuthError } from './auth-error.js';

const ISSUER = 'exchange';
/** Of what a browser keeps in a cookie: it gets the next token, and opens nothing itself. */
const SESSION_ISSUER = 'exchange-session';
/** Of what tells a foreign client what its user may use: it opens nothing here. */
const GRANTS_ISSUER = 'exchange-grants';
const SECRET_BYTES_MIN = 32;
const CLOCK_TOLERANCE_SECONDS_MAX = 30;
/** Our own tokens have about 350 characters; nothing longer is worth decoding. */
const TOKEN_CHARACTERS_MAX = 2048;
/** 32 bytes in base64url. */
const SIGNATURE_CHARACTERS = 43;

export interface TokenClaims {
  /** User id. */
  readonly sub: string;
  readonly username: string;
  /** Issued at, seconds. */
  readonly iat: number;
  /** Expires at, seconds. */
  readonly exp: number;
  /** Unique id of this token, for revocation. */
  readonly jti: string;
  /** Token version of the user at login; a token of an older version is dead. */
  readonly ver: number;
  readonly iss: string;
}

interface VerifiedToken {
  readonly token: string;
  readonly claims: TokenClaims;
}

export interface TokenServiceOptions {
  /** At least 32 bytes of UTF-8, else the constructor throws AUTH_SECRET_SHORT. */
  readonly secret: string;
  /** Accepted for verification only, while secrets are being changed. */
  readonly previousSecret?: string | undefined;
  /** Default 24 hours. */
  readonly ttlSeconds?: number;
  /** How much the clocks of two machines may differ, 0..30. Default 30. */
  readonly clockToleranceSeconds?: number;
  /** Verified tokens kept. Default 10 000, about 8 MB. */
  readonly cacheMax?: number;
}

export interface TokenSubject {
  readonly userId: string;
  readonly username: string;
  readonly tokenVersion: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly claims: TokenClaims;
}

export class TokenService {
  readonly #secret: KeyObject;
  readonly #accepted: readonly KeyObject[];
  /** How long a token lives that is not asked to live shorter. */
  readonly ttlSeconds: number;
  readonly #clockToleranceSeconds: number;
  readonly #cacheMax: number;
  /**
   * Tokens whose signature has been checked, oldest first, by that: a sixth of the characters to look up by. A caller cannot
   * fill it without the secret.
   */
  readonly #verified = new Map<string, VerifiedToken>();

  constructor(options: TokenServiceOptions) {
    this.ttlSeconds = options.ttlSeconds ?? 86_400;
    this.#clockToleranceSeconds = options.clockToleranceSeconds ?? CLOCK_TOLERANCE_SECONDS_MAX;
    this.#cacheMax = options.cacheMax ?? 10_000;
    if (!Number.isInteger(this.ttlSeconds) || this.ttlSeconds <= 0) throw new RangeError('token lifetime must be whole seconds above 0');
    if (!(this.#clockToleranceSeconds >= 0 && this.#clockToleranceSeconds <= CLOCK_TOLERANCE_SECONDS_MAX)) {
      throw new RangeError(`clock tolerance must be 0 to ${CLOCK_TOLERANCE_SECONDS_MAX} seconds`);
    }
    this.#secret = keyOf(options.secret, 'JWT_SECRET');
    const previous = options.previousSecret === undefined ? [] : [keyOf(options.previousSecret, 'JWT_SECRET_PREVIOUS')];
    this.#accepted = [this.#secret, ...previous];
  }

  /** A new token for a user who has just proved to be `subject`. */
  issue(subject: TokenSubject, nowMs: number): IssuedToken {
    return this.#sign(subject, nowMs, ISSUER, randomUUID(), this.ttlSeconds);
  }

  /** What continues a login: never taken for a token. */
  issueSession(subject: TokenSubject, nowMs: number): IssuedToken {
    return this.#sign(subject, nowMs, SESSION_ISSUER, randomUUID(), this.ttlSeconds);
  }

  /** A short token of a session; it has the session's id, so that whoever revokes one of them revokes all. */
  issueOf(session: TokenClaims, nowMs: number, ttlSeconds: number): IssuedToken {
    const subject = { userId: session.sub, username: session.username, tokenVersion: session.ver };
    return this.#sign(subject, nowMs, ISSUER, session.jti, ttlSeconds);
  }

  /** What a client that reads tokens may know of its user: never taken for a token. */
  issueGrants(subject: TokenSubject, nowMs: number, grants: object): IssuedToken {
    return this.#sign(subject, nowMs, GRANTS_ISSUER, randomUUID(), this.ttlSeconds, { grants });
  }

  #sign(subject: TokenSubject, nowMs: number, issuer: string, tokenId: string, ttlSeconds: number, more: object = {}): IssuedToken {
    const iat = Math.floor(nowMs / 1000);
    const claims: TokenClaims = {
      sub: subject.userId,
      username: subject.username,
      iat,
      exp: iat + ttlSeconds,
      jti: tokenId,
      ver: subject.tokenVersion,
      iss: issuer,
    };
    return { token: jwt.sign({ ...more, ...claims }, this.#secret, { algorithm: 'HS256' }), claims };
  }

  /**
   * The claims of a genuine, unexpired token, else undefined; never throws. Whether the user still exists, has this
   * token version, and has not logged out is for the caller to ask, each time.
   */
  verify(token: string, nowMs: number): TokenClaims | undefined {
    return this.#verify(token, nowMs, ISSUER);
  }

  /** As `verify`, for what `issueSession` made. */
  verifySession(token: string, nowMs: number): TokenClaims | undefined {
    return this.#verify(token, nowMs, SESSION_ISSUER);
  }

  #verify(token: string, nowMs: number, issuer: string): TokenClaims | undefined {
    if (token.length > TOKEN_CHARACTERS_MAX) return undefined;
    const signature = token.slice(-SIGNATURE_CHARACTERS);
    const cached = this.#verified.get(signature);
    if (cached?.token === token) {
      const { claims } = cached;
      if (claims.iss !== issuer) return undefined;
      if (!this.#isExpired(claims, nowMs)) return claims;
      this.#verified.delete(signature);
      return undefined;
    }
    for (const key of this.#accepted) {
      const claims = this.#check(token, key, nowMs, issuer);
      if (claims) {
        this.#remember(token, claims);
        return claims;
      }
    }
    return undefined;
  }

  #check(token: string, key: KeyObject, nowMs: number, issuer: string): TokenClaims | undefined {
    try {
      const payload = jwt.verify(token, key, {
        algorithms: ['HS256'],
        issuer,
        clockTolerance: this.#clockToleranceSeconds,
        clockTimestamp: Math.floor(nowMs / 1000),
      });
      return claimsOf(payload, issuer);
    } catch {
      return undefined;
    }
  }

  /** The same rule as the library's, so that a cached token dies in the same second. */
  #isExpired(claims: TokenClaims, nowMs: number): boolean {
    return Math.floor(nowMs / 1000) >= claims.exp + this.#clockToleranceSeconds;
  }

  #remember(token: string, claims: TokenClaims): void {
    // Tokens of one kind live equally long, so the oldest entry is about the first to expire.
    for (const oldest of this.#verified.keys()) {
      if (this.#verified.size < this.#cacheMax) break;
      this.#verified.delete(oldest);
    }
    if (this.#cacheMax > 0) this.#verified.set(token.slice(-SIGNATURE_CHARACTERS), { token, claims });
  }
}

/** A key made once: signing and checking with a text would derive it anew each time, 40 times slower. */
function keyOf(secret: string, name: string): KeyObject {
  const bytes = Buffer.from(secret, 'utf8');
  if (bytes.length < SECRET_BYTES_MIN) {
    throw new AuthError('AUTH_SECRET_SHORT', `${name} must have at least ${SECRET_BYTES_MIN} bytes; it has ${bytes.length}.`);
  }
  return createSecretKey(bytes);
}

/** A genuine signature says who wrote the claims, not that they have our shape: an older or other program may share the secret. */
function claimsOf(payload: string | jwt.JwtPayload, issuer: string): TokenClaims | undefined {
  if (typeof payload === 'string') return undefined;
  const { sub, iat, exp, jti, iss } = payload;
  const username: unknown = payload['username'];
  const ver: unknown = payload['ver'];
  if (typeof sub !== 'string' || typeof username !== 'string' || typeof jti !== 'string' || iss !== issuer) return undefined;
  if (!isCount(iat) || !isCount(exp) || !isCount(ver)) return undefined;
  return { sub, username, iat, exp, jti, ver, iss };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
