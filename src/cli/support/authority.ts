/** An authority for a private cluster, and the certificates that it signs: files in one folder, made by openssl. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const DAYS = '2';
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Why no certificate can be made here, or false. `-CA`, by which one command signs, came with version 3. */
export function opensslMissing(): string | false {
  try {
    const version = execFileSync('openssl', ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return /^OpenSSL [3-9]/.test(version) ? false : `${version.trim()} is too old to sign certificates with`;
  } catch {
    return 'there is no openssl (apt-get install openssl)';
  }
}

export class Authority {
  private constructor(
    private readonly folder: string,
    /** What its certificates are verified with. */
    readonly ca: string,
  ) {}

  /** A new one, with its key in the folder. */
  static make(folder: string): Authority {
    const authority = Authority.of(folder);
    const subject = ['-subj', '/CN=qaexchange private authority', '-addext', 'basicConstraints=critical,CA:TRUE'];
    openssl(['req', '-x509', ...KEY, '-keyout', authority.file('ca.key'), '-out', authority.ca, '-days', DAYS, ...subject]);
    return authority;
  }

  /** The one that was made there. */
  static of(folder: string): Authority {
    return new Authority(folder, join(folder, 'ca.pem'));
  }

  /** Good for a server at this address and for a client alike, as members of etcd are both. */
  sign(name: string, address: string): Certificate {
    const [cert, key] = [this.file(`${name}.pem`), this.file(`${name}.key`)];
    const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=IP:${address}`, '-addext', 'basicConstraints=critical,CA:FALSE'];
    const signer = ['-CA', this.ca, '-CAkey', this.file('ca.key')];
    openssl(['req', '-x509', ...KEY, '-keyout', key, '-out', cert, '-days', DAYS, ...names, ...signer]);
    return { cert, key };
  }

  private file(name: string): string {
    return join(this.folder, name);
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
