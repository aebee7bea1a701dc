/** Codes of the operating errors of this folder. A code is stable; the text may improve. */
export type AuthErrorCode =
  'AUTH_SECRET_SHORT' | 'AUTH_SECRET_PERMISSIONS' | 'AUTH_SECRET_INVALID' | 'AUTH_POOL_BUSY' | 'AUTH_POOL_CLOSED' | 'AUTH_POOL_FAILED';

/** An operating error of users and tokens. Wrong passwords and bad tokens are answers, never errors. */
export class AuthError extends Error {
  override readonly name: string = 'AuthError';

  constructor(
    readonly code: AuthErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
