export { CertificateError } from './certificate-error.js';
export { TLS_RULES } from './tls-rules.js';
export { namesOf, readCertificate, type Reading, type ServerCertificate, type TlsFiles } from './server-certificate.js';
export { tlsServer, type HandshakeFailure, type TlsServerOptions } from './tls-server.js';
export type { Issued } from './issue.js';
export type { AuthorityNames, AuthorityWish, CertificateWish, MadeCertificates } from './make-certificates.js';
export { issueDeviceCertificate, makeAuthority, makeCertificates } from './issuing.js';
