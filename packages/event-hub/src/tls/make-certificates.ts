import { join } from 'node:path';
import { type CertificateWish as Wish, makeCertificates as make, type MadeCertificates } from '@vigil/certificates';
import { writeFileAtomically } from '../atomic-file.js';
import { asLogError } from './certificate.js';

export interface CertificateWish extends Pick<Wish, 'hosts' | 'days' | 'nowMs'> {
  readonly dataDir: string;
}

/**
 * Makes a server certificate in `<dataDir>/tls`, and on first use the private authority that signs it. Every run makes a
 * new key and keeps the authority, so that clients need nothing new. A hub that runs takes the certificate up by itself.
 *
 * @throws LogError `config` with what to do
 */
export async function makeCertificates({ dataDir, ...wish }: CertificateWish): Promise<MadeCertificates> {
  const names = { authority: 'Event hub authority', server: 'Event hub' };
  const write = (path: string, text: string): Promise<void> => writeFileAtomically(path, text);
  return asLogError(() => make({ folder: join(dataDir, 'tls'), names, write, ...wish }));
}
