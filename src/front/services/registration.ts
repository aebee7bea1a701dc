/** What a new user must look like (users.md 1 and 2). */
import { emailProblem, idCardProblem, phoneProblem, realNameProblem, usernameProblem } from '../../auth/credentials.js';
import { passwordProblem } from '../../auth/password-policy.js';
import { Refusal, type RefusalDetail } from '../../core/refusal.js';

/** Optional fields are absent, null or text; an empty text counts as absent. */
export interface Registration {
  username: string;
  password: string;
  phone?: string | null | undefined;
  email?: string | null | undefined;
  real_name?: string | null | undefined;
  id_card?: string | null | undefined;
}

/** Throws 9008 naming every malformed field, or 2105 for a password that breaks the policy. */
export function checkRegistration(registration: Registration): void {
  const { username, password } = registration;
  const details: RefusalDetail[] = [];
  const check = (field: string, problem: string | undefined): void => {
    if (problem !== undefined) details.push({ field, reason: problem });
  };
  check('username', usernameProblem(username));
  if (registration.phone) check('phone', phoneProblem(registration.phone));
  if (registration.email) check('email', emailProblem(registration.email));
  if (registration.real_name) check('real_name', realNameProblem(registration.real_name));
  if (registration.id_card) check('id_card', idCardProblem(registration.id_card));
  if (details.length > 0) throw new Refusal(9008, details);
  checkPassword('password', password, username);
}

/** Throws 2105 for a password that breaks the policy. */
export function checkPassword(field: string, password: string, username: string): void {
  const problem = passwordProblem(password, username);
  if (problem !== undefined) throw new Refusal(2105, [{ field, reason: problem }]);
}
