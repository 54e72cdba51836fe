/**
 * Issuing, loaded when it is asked for: the library behind it costs memory that processes which only present or judge
 * certificates need not pay for.
 */
import type { DeviceWish, Issued } from './issue.js';
import type { AuthorityWish, CertificateWish, MadeAuthority, MadeCertificates } from './make-certificates.js';

/** As `makeCertificates` of make-certificates.ts. */
export async function makeCertificates(wish: CertificateWish): Promise<MadeCertificates> {
  return (await import('./make-certificates.js')).makeCertificates(wish);
}

/** As `makeAuthority` of make-certificates.ts. */
export async function makeAuthority(wish: AuthorityWish): Promise<MadeAuthority> {
  return (await import('./make-certificates.js')).makeAuthority(wish);
}

/** As `issueDevice` of issue.ts. */
export async function issueDeviceCertificate(authority: Issued, wish: DeviceWish): Promise<{ cert: string; key: string | null }> {
  return (await import('./issue.js')).issueDevice(authority, wish);
}
