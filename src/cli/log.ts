/** The log of the program: JSON lines on stderr, or lines for people when that is a terminal. Secrets never get into it. */
import { Writable } from 'node:stream';
import { pino, type DestinationStream, type Logger } from 'pino';
import { currentRequest } from '../front/tracing/request-scope.js';

const STDERR = 2;
const LEVEL_NAMES: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** Fields that carry secrets, at the top and one level below. */
const SECRETS = ['password', 'old_password', 'new_password', 'fund_password', 'future_password', 'bank_password', 'passwordHash'];
const REDACTED = [...SECRETS, 'token', 'authorization', 'jwtSecret', 'secret', 'id_card', 'idCardSealed'].flatMap((name) => [
  name,
  `*.${name}`,
]);

/** `stream` takes the place of stderr. */
export function createLog(level: string, isPretty: boolean, stream?: DestinationStream): Logger {
  const target = isPretty ? new PrettyLines(stream ?? process.stderr) : (stream ?? pino.destination(STDERR));
  return pino({ level, base: undefined, redact: { paths: REDACTED, censor: '[redacted]' }, mixin: requestFields }, target);
}

/** Whatever is logged on behalf of a request says so. */
function requestFields(): { requestId?: string } {
  const requestId = currentRequest();
  return requestId === undefined ? {} : { requestId };
}

interface Line {
  level: number;
  time: number;
  msg?: string;
  err?: { stack?: string };
  [field: string]: unknown;
}

/** Time, level, sentence, then the other fields. */
class PrettyLines extends Writable {
  constructor(private readonly out: { write(text: string): unknown }) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.out.write(prettyLine(JSON.parse(String(chunk)) as Line));
    done();
  }
}

function prettyLine({ level, time, msg = '', err, ...fields }: Line): string {
  const named = Object.entries(fields).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const clock = new Date(time).toISOString().slice(11, 23);
  const stack = err?.stack === undefined ? '' : `\n${err.stack}`;
  return `${clock} ${(LEVEL_NAMES[level] ?? String(level)).padEnd(5)} ${msg}${named.join('')}${stack}\n`;
}
