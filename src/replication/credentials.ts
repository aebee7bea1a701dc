/** PEM files by which machines know each other, read and checked: a file that holds nothing of use is no reason to trust everybody, or nobody. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** The contents of the files. */
export interface Credentials {
  /** What the certificates of others are signed with; absent: by one of those that the system trusts. */
  readonly ca?: Buffer;
  /** What we show ourselves with. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface EtcdFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** For etcd. Throws with one sentence. */
export function etcdCredentials({ ca, cert, key }: EtcdFiles): Credentials {
  if (ca === undefined) return {};
  const trusted = { ca: readAuthority('ETCD_CA', ca) };
  if (cert === undefined || key === undefined) return trusted;
  const own = { cert: readPem('ETCD_CERT', cert), key: readPem('ETCD_KEY', key) };
  try {
    createSecureContext(own);
  } catch (error) {
    throw new Error(`ETCD_CERT and ETCD_KEY cannot be used: ${textOf(error)}.`);
  }
  return { ...trusted, ...own };
}

/** OpenSSL passes over a file that holds no certificate. Throws with one sentence. */
export function readAuthority(setting: string, path: string): Buffer {
  const pem = readPem(setting, path);
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    throw new Error(`${setting} cannot be used: ${path} holds no certificate.`);
  }
}

function readPem(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`${setting} cannot be read: ${textOf(error)}.`);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
