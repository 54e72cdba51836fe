/** An authority of devices, a certificate for each of them and one for the gateway, in `folder`: for benches over mTLS. */
import { createHash, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import { issueDeviceCertificate, makeAuthority, makeCertificates } from '@vigil/certificates';

const write = (path, text) => writeFileSync(path, text, { mode: 0o600 });

/** @returns the list of devices with their certificates, and the files of the gateway's TLS door */
export async function withCertificates(folder, list) {
  const nowMs = Date.now();
  const authority = await makeAuthority({ folder: join(folder, 'device-ca'), name: 'Device authority', nowMs, write });
  const names = { authority: 'Gateway authority', server: 'Gateway' };
  await makeCertificates({ folder, names, hosts: ['localhost'], days: 365, nowMs, write });
  const enrolled = [];
  for (const { deviceId, token } of list) {
    const { cert, key } = await issueDeviceCertificate(authority, { deviceId, nowMs, days: 365 });
    write(join(folder, `${deviceId}.pem`), cert);
    write(join(folder, `${deviceId}.key`), key);
    const { raw, validTo } = new X509Certificate(cert);
    const certificates = [{ sha256: createHash('sha256').update(raw).digest('hex'), notAfterMs: Date.parse(validTo) }];
    enrolled.push({ deviceId, token, certificates });
  }
  const at = (...path) => join(folder, ...path);
  return { list: enrolled, files: { cert: at('server.pem'), key: at('server.key'), deviceCa: at('device-ca', 'ca.pem') } };
}
