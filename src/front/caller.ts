import type { User } from '../core/users.js';

/** Who acts: the subject of a verified token, and nothing else. */
export interface Caller {
  user: User;
  tokenId: string;
  /** Seconds since the epoch. */
  expiresAt: number;
}
