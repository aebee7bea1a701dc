/** Why etcd cannot be used, said so that somebody can mend it. Against real members of etcd, and against what is none. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { diagnose } from '../../src/cli/etcd-diagnosis.js';
import { Authority, opensslMissing } from '../../src/cli/support/authority.js';
import { EtcdMembers } from '../../src/cli/support/etcd-members.js';
import { etcdCredentials, readAuthority, type EtcdFiles } from '../../src/replication/credentials.js';
import { SKIP, tempMembers } from '../replication/support.js';

const OTHERWISE = 'gRPC says no';

/** The address of a server that is gone with the test. */
async function listening(t: Test, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  server.on('connection', (socket) => t.teardown(() => socket.destroy()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

t.test('what is no etcd', async (t) => {
  const silent = await listening(t, createServer());
  const web = await listening(
    t,
    createHttpServer((_request, response) => response.end('a page')),
  );
  const away = await listening(
    t,
    createHttpServer((_request, response) => response.writeHead(503).end('etcd is away')),
  );
  const mail = await listening(
    t,
    createServer((socket) => socket.on('error', () => undefined).end('220 mail.example ready\r\n')),
  );
  const nobody = 'http://127.0.0.1:1';
  t.same(await diagnose([nobody], {}, OTHERWISE), { reason: `${nobody}: nobody listens there`, isLasting: false });
  t.same(await diagnose([silent], {}, OTHERWISE), { reason: `${silent}: it does not answer`, isLasting: false });
  t.same(await diagnose([web], {}, OTHERWISE), { reason: `${web}: what answers there is not etcd`, isLasting: true });
  t.same(await diagnose([mail], {}, OTHERWISE), { reason: `${mail}: what answers there is not etcd`, isLasting: true });
  t.same(await diagnose([away], {}, OTHERWISE), { reason: `${away}: ${OTHERWISE}`, isLasting: false }, 'one that may come back');
  t.same(
    await diagnose([web, nobody], {}, OTHERWISE),
    { reason: `${web}: what answers there is not etcd; ${nobody}: nobody listens there`, isLasting: false },
    'as long as one of them may come, it is waited for',
  );
});

t.test('certificates', { skip: SKIP || opensslMissing() }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'qaexchange-certificates-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [authority, foreign] = ['ours', 'foreign'].map((name) => {
    mkdirSync(join(folder, name));
    return Authority.make(join(folder, name));
  });
  const members = await EtcdMembers.start(1, { authority });
  t.teardown(() => members.stop());
  const plain = await tempMembers(t, 1);
  const [endpoint] = members.endpoints;
  const own = authority.sign('x', '127.0.0.1');
  const strange = foreign.sign('x', '127.0.0.1');
  const right = { ca: authority.ca, ...own };
  const of = async (files: EtcdFiles, url = endpoint): Promise<{ reason: string; isLasting: boolean }> =>
    await diagnose([url], etcdCredentials(files), OTHERWISE);

  t.same(await of(right), { reason: `${endpoint}: ${OTHERWISE}`, isLasting: false }, 'with the right ones nothing is wrong');
  t.same(await of({}, plain.endpoints[0]), { reason: `${plain.endpoints[0]}: ${OTHERWISE}`, isLasting: false });
  t.match(await of({ ca: authority.ca }), { reason: /it demands a certificate: ETCD_CERT and ETCD_KEY$/, isLasting: true });
  t.match(await of({ ...right, ...strange }), { reason: /it refuses the certificate of ETCD_CERT$/, isLasting: true });
  t.match(await of({ ...right, ca: foreign.ca }), { reason: /is not signed by the authority of ETCD_CA$/, isLasting: true });
  t.match(await of(right, endpoint.replace('127.0.0.1', 'localhost')), { reason: /is that of another host$/, isLasting: true });
  t.match(await of(right, plain.endpoints[0].replace('http', 'https')), { reason: /as over http where it wants https/, isLasting: false });
  t.match(await of({}, endpoint.replace('https', 'http')), { reason: /as over http where it wants https/, isLasting: false });

  const bad = join(folder, 'bad.pem');
  writeFileSync(bad, 'no certificate');
  t.throws(() => etcdCredentials({ ...right, key: strange.key }), { message: /^ETCD_CERT and ETCD_KEY cannot be used: .*\.$/ });
  t.throws(() => etcdCredentials({ ...right, cert: bad }), { message: /^ETCD_CERT and ETCD_KEY cannot be used: .*\.$/ });
  t.throws(() => etcdCredentials({ ...right, ca: join(folder, 'nothing.pem') }), { message: /^ETCD_CA cannot be read: ENOENT.*\.$/ });
  t.throws(() => readAuthority('CLUSTER_CA', bad), { message: /^CLUSTER_CA cannot be used: .* holds no certificate\.$/ });
});
