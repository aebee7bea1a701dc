/**
 * Rules of the personal fields of a user. Each check answers why a value is refused, or undefined when it is fine.
 * The reason never repeats the value: it may end in a log.
 */

const USERNAME = /^[A-Za-z0-9_]{3,20}$/;
const PHONE = /^1[3-9][0-9]{9}$/;
const EMAIL_CHARACTERS_MAX = 254;
const EMAIL_LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
/** The address form that HTML pages use, with at least one dot in the domain. Runs in linear time. */
const EMAIL = new RegExp(`^[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]{1,64}@${EMAIL_LABEL}(?:\\.${EMAIL_LABEL})+$`);
const REAL_NAME_CHARACTERS_MAX = 64;
const CONTROL_CHARACTER = /\p{Cc}/u;
const ID_CARD = /^[0-9]{17}[0-9Xx]$/;

export function usernameProblem(username: string): string | undefined {
  return USERNAME.test(username) ? undefined : 'must be 3 to 20 letters, digits or underscores';
}

export function phoneProblem(phone: string): string | undefined {
  return PHONE.test(phone) ? undefined : 'must be 11 digits beginning with 13 to 19';
}

export function emailProblem(email: string): string | undefined {
  if (email.length > EMAIL_CHARACTERS_MAX) return `must have at most ${EMAIL_CHARACTERS_MAX} characters`;
  return EMAIL.test(email) ? undefined : 'must be an email address';
}

export function realNameProblem(name: string): string | undefined {
  // A character is at most two UTF-16 units; the first test spares counting a huge text.
  const tooLong = name.length > 2 * REAL_NAME_CHARACTERS_MAX || Array.from(name).length > REAL_NAME_CHARACTERS_MAX;
  if (tooLong || name.trim() === '') return `must have 1 to ${REAL_NAME_CHARACTERS_MAX} characters`;
  return CONTROL_CHARACTER.test(name) ? 'must not contain control characters' : undefined;
}

export function idCardProblem(idCard: string): string | undefined {
  if (!ID_CARD.test(idCard)) return 'must be 17 digits and a check digit (0-9 or X)';
  return idCard[17]?.toUpperCase() === idCardCheckDigit(idCard) ? undefined : 'has a wrong check digit';
}

/** ISO 7064 MOD 11-2 over the first 17 digits. */
function idCardCheckDigit(digits: string): string {
  let sum = 0;
  for (let index = 0; index < 17; index++) sum = ((sum + Number(digits[index])) * 2) % 11;
  const check = (12 - sum) % 11;
  return check === 10 ? 'X' : String(check);
}
