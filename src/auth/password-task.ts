/** What the password pool asks of its thread. */
export type PasswordTask =
  | { readonly kind: 'hash'; readonly password: string; readonly cost: number }
  | { readonly kind: 'verify'; readonly password: string; readonly hash: string };

/** The bcrypt text for `hash`, whether the password fits for `verify`. */
export type PasswordResult = string | boolean;
