import type { User } from '../core/users.js';
import type { CommandOrigin } from './gateway/origins.js';

/** Who acts: the subject of a verified token, and nothing else. */
export interface Caller {
  user: User;
  tokenId: string;
  /** Seconds since the epoch. */
  expiresAt: number;
  /** Where his orders come from; absent where that is not to be audited. */
  origin?: CommandOrigin | undefined;
}
