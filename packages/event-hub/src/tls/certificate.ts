import { CertificateError, readCertificate as read, type ServerCertificate, type TlsFiles } from '@vigil/certificates';
import { LogError } from '../log/log-error.js';

const MAKE_ONE = 'make one with: vigil-event-hub certificates --data-dir <folder> --host <name>';

/**
 * Reads a server's certificate and key, and refuses what clients would not accept.
 *
 * @throws LogError `config`, one line that says what to do and quotes neither key nor certificate
 */
export async function readCertificate(files: TlsFiles, nowMs: number): Promise<ServerCertificate> {
  return asLogError(() => read(files, { makeOne: MAKE_ONE, nowMs }));
}

/** @throws LogError `config` for a CertificateError */
export async function asLogError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (e) {
    if (e instanceof CertificateError) throw new LogError('config', e.message, e);
    throw e;
  }
}
