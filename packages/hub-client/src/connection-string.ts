import { isIPv4 } from 'node:net';

/**
 * Why a connection string must not be used, in words that follow its setting's name; null when it may be.
 *
 * `UseDevelopmentEmulator=true` makes the client speak without TLS, to any host: keys would not, but events would go
 * over the network for all to read and change. That is for this machine only. The words quote nothing of the string.
 */
export function connectionProblem(connectionString: string): string | null {
  let endpoint = '';
  let isPlain = false;
  for (const part of connectionString.split(';')) {
    const at = part.indexOf('=');
    const [name, value] = [part.slice(0, Math.max(at, 0)).trim().toLowerCase(), part.slice(at + 1).trim()];
    if (name === 'endpoint') endpoint = value;
    // The client asks for exactly this word; whoever writes it in another case means the same.
    if (name === 'usedevelopmentemulator') isPlain ||= value.toLowerCase() === 'true';
  }
  if (!/^[a-z]+:\/\/[^/]/i.test(endpoint))
    return 'is no connection string: Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…';
  if (!isPlain || isThisMachine(endpoint)) return null;
  return (
    'asks for a connection without TLS to another machine (UseDevelopmentEmulator=true): leave that part out, let the hub ' +
    'serve TLS and name its authority in NODE_EXTRA_CA_CERTS'
  );
}

/** Finds the host where the client finds it: behind the last `://`, whatever stands before. */
function isThisMachine(endpoint: string): boolean {
  if (/^[a-z]+:\/\/\[?::1\]?(?=[:/]|$)/i.test(endpoint)) return true;
  const host = /.*:\/\/([^/:]*)/.exec(endpoint)?.[1]?.toLowerCase() ?? '';
  return host === 'localhost' || (isIPv4(host) && host.startsWith('127.'));
}
