import { createServer } from 'node:net';
import { fine, type Finding, mend, systemCode } from './finding.js';

export interface Port {
  /** The flag that sets it. */
  readonly flag: string;
  readonly host: string;
  /** 0 is always free. */
  readonly port: number;
}

const ASK_MS = 2_000;

/** Whether the gateway can listen there, or already does. */
export async function portFindings(ports: readonly Port[], httpPort: number): Promise<Finding[]> {
  const runs = await isGateway(httpPort);
  return Promise.all(ports.map((port) => portFinding(port, runs)));
}

async function portFinding({ flag, host, port }: Port, runs: boolean): Promise<Finding> {
  const what = `port ${port}`;
  const code = await tryListen(host, port);
  if (code === null)
    return runs ? mend(what, `free although a gateway runs here; are these its flags (${flag})?`) : fine(what, 'free');
  if (code === 'EADDRINUSE') {
    return runs ? fine(what, 'in use; a gateway runs here') : mend(what, `another program has it; stop that or change ${flag}`);
  }
  if (code === 'EACCES') return mend(what, `this user may not listen there; take one above 1023 with ${flag}`);
  if (code === 'EADDRNOTAVAIL')
    return mend(what, `${host} is no address of this machine; change ${flag.replace('port', 'host')}`);
  return mend(what, `can't be listened on (${code}); change ${flag}`);
}

function tryListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(systemCode(error)));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

/** A gateway tells on its health port that it lives. */
async function isGateway(httpPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${httpPort}/metrics`, {
      redirect: 'error',
      signal: AbortSignal.timeout(ASK_MS),
    });
    return response.ok && (await response.text()).includes('vigil_gateway_');
  } catch {
    return false;
  }
}
