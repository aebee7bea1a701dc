/** Why etcd cannot be used: gRPC says only that it has no connection, so each endpoint is asked once more over HTTP. */
import { bodyOf, ask } from './ask.js';
import type { Credentials } from '../replication/credentials.js';

const ANSWER_MS_MAX = 1000;

/** What is wrong with an endpoint, as the end of a sentence. */
interface Fault {
  readonly reason: string;
  /** Waiting does not mend it. */
  readonly isLasting: boolean;
}

/** How a connection fails, by the code that Node has for it. */
const FAULTS: Readonly<Record<string, Fault>> = {
  ECONNREFUSED: { reason: 'nobody listens there', isLasting: false },
  ENOTFOUND: { reason: 'there is no such host', isLasting: false },
  EHOSTUNREACH: { reason: 'no way leads there', isLasting: false },
  ENETUNREACH: { reason: 'no way leads there', isLasting: false },
  // what a server of TLS does to a client without it, and the other way round; but also one that goes just now
  ECONNRESET: { reason: 'it breaks the connection off, as over http where it wants https or the other way round', isLasting: false },
  ERR_TLS_CERT_ALTNAME_INVALID: { reason: 'its certificate is that of another host', isLasting: true },
  CERT_HAS_EXPIRED: { reason: 'its certificate has expired', isLasting: true },
  CERT_NOT_YET_VALID: { reason: 'its certificate is not valid yet', isLasting: true },
};
const TIMEOUT: Fault = { reason: 'it does not answer', isLasting: false };
const STRANGER: Fault = { reason: 'what answers there is not etcd', isLasting: true };
const UNTRUSTED: Fault = { reason: 'its certificate is not signed by the authority of ETCD_CA', isLasting: true };
/** Codes of chains that do not end in an authority that is trusted. */
const UNTRUSTED_CODE = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_SIGNATURE_|CERT_UNTRUSTED)/;
/** The other side of TLS says no to what we showed, or that we showed nothing. */
const ALERT_CODE = /^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/;
const NO_TLS_CODE = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH)/;

export interface Diagnosis {
  /** Of all endpoints, in one phrase. */
  readonly reason: string;
  /** No endpoint can be used, and waiting mends none of them. */
  readonly isLasting: boolean;
}

/** `otherwise`: what gRPC said, for an endpoint with which nothing is wrong over HTTP. */
export async function diagnose(endpoints: readonly string[], credentials: Credentials, otherwise: string): Promise<Diagnosis> {
  const faults = await Promise.all(endpoints.map(async (endpoint) => await faultOf(endpoint, credentials)));
  const reasons = faults.map((fault) => fault?.reason ?? otherwise);
  const isOne = new Set(reasons).size === 1;
  return {
    reason: isOne ? `${endpoints.join(', ')}: ${reasons[0]}` : endpoints.map((endpoint, i) => `${endpoint}: ${reasons[i]}`).join('; '),
    isLasting: faults.every((fault) => fault?.isLasting === true),
  };
}

async function faultOf(endpoint: string, credentials: Credentials): Promise<Fault | undefined> {
  try {
    const response = await ask(`${endpoint}/version`, { ...credentials, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    const isEtcd = (await bodyOf(response)).includes('"etcdserver"');
    // something between us and etcd may answer for it while it is away
    return isEtcd || (response.statusCode ?? 0) >= 500 ? undefined : STRANGER;
  } catch (error) {
    const { code = '', name, message } = error as NodeJS.ErrnoException;
    if (name === 'AbortError' || name === 'TimeoutError') return TIMEOUT;
    if (ALERT_CODE.test(code)) return refused(credentials);
    if (UNTRUSTED_CODE.test(code)) return UNTRUSTED;
    if (NO_TLS_CODE.test(code)) return { reason: 'it does not speak TLS', isLasting: true };
    // HTTP that is none: HPE_...
    if (code.startsWith('HPE_')) return STRANGER;
    return FAULTS[code] ?? { reason: message.split('\n')[0], isLasting: false };
  }
}

function refused({ cert }: Credentials): Fault {
  return {
    reason: cert === undefined ? 'it demands a certificate: ETCD_CERT and ETCD_KEY' : 'it refuses the certificate of ETCD_CERT',
    isLasting: true,
  };
}
