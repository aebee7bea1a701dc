/** The one rule for login, trading and fund passwords. */
export const PASSWORD_CHARACTERS_MIN = 8;
export const PASSWORD_CHARACTERS_MAX = 64;
/** bcrypt reads no further than 72 bytes: a longer password would be cut without notice. */
export const PASSWORD_BYTES_MAX = 72;

/** The passwords that guessing starts with and that pass the length rule; compared without case. */
const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `12345678 123456789 1234567890 12345678910 0123456789 0987654321 987654321 9876543210 87654321 11111111 111111111
  22222222 33333333 44444444 55555555 66666666 77777777 88888888 888888888 99999999 00000000 0000000000 12341234 11223344
  11112222 12121212 13131313 123123123 123321123 147258369 741852963 789456123 456456456 123654789 1234abcd 1234qwer
  123456abc abc123456 a12345678 a123456789 aa123456 abcd1234 abcdefgh abcdefghi abcdefg1 asdfghjk asdfghjkl asdf1234
  qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwer1234 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 zaq12wsx q1w2e3r4
  zxcvbnm1 zxcvbnm123 password password1 password12 password123 passw0rd p@ssw0rd p@ssword pass1234 mypassword
  letmein1 letmein123 welcome1 welcome123 iloveyou iloveyou1 sunshine princess football baseball superman batman123
  starwars trustno1 whatever computer internet dragon123 monkey123 michelle jennifer changeme changeme1 changeme123
  default1 secret123 admin123 admin1234 administrator root1234 rootroot test1234 testtest guest123 demo1234 trader123
  trading1 exchange exchange123 woaini1314 woaini520 5201314520 31415926 88888888a zhang123 wang1234`.split(/\s+/),
);

/** Why `password` may not be used by the user `username`, or undefined when it may. Never echoes the password. */
export function passwordProblem(password: string, username: string): string | undefined {
  // More UTF-16 units than bytes allowed is too long in any encoding: a huge body is not even counted.
  if (password.length > PASSWORD_BYTES_MAX) return tooLong();
  const characterCount = Array.from(password).length;
  if (characterCount < PASSWORD_CHARACTERS_MIN) return `must have at least ${PASSWORD_CHARACTERS_MIN} characters`;
  if (characterCount > PASSWORD_CHARACTERS_MAX || Buffer.byteLength(password) > PASSWORD_BYTES_MAX) return tooLong();
  const lowered = password.toLowerCase();
  if (lowered === username.toLowerCase()) return 'must not be the username';
  if (COMMON_PASSWORDS.has(lowered)) return 'is too common';
  return undefined;
}

function tooLong(): string {
  return `must have at most ${PASSWORD_CHARACTERS_MAX} characters and ${PASSWORD_BYTES_MAX} bytes`;
}
