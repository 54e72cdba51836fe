import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FhirResource } from '../../src/ports/fhir-server.js';

/** What the server does instead of answering. `never`: it takes the request and says nothing. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'never'
  | 'cut'
  | { readonly bytes: number };

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly body: string;
}

interface Stored {
  readonly resource: FhirResource;
  readonly version: number;
  readonly atMs: number;
  readonly isDeleted: boolean;
}

/** More than a page, so that a search has several. */
const PAGE = 3;

/**
 * A FHIR server of the tests, as far as Vigil asks one: search by `identifier`, `status` and `_lastUpdated`, pages, read, subscriptions.
 * It keeps the promises that a real one keeps (test/contract/fhir-in.live.test.ts asks the same of HAPI), and does what a bad one does
 * when it is told to.
 */
export class TestFhirServer {
  readonly asked: Asked[] = [];
  /** Its own clock, which may go as it likes. */
  nowMs: () => number;
  /** Answers instead, for as long as it gives something. */
  fault: (asked: Asked) => Fault | null = () => null;
  /** Of `next` links. */
  linksTo: string | null = null;
  private readonly stored = new Map<string, Stored>();
  private lastMs = 0;
  private ids = 0;

  private constructor(
    private readonly server: Server,
    nowMs: () => number,
  ) {
    this.nowMs = nowMs;
  }

  static async start(nowMs: () => number): Promise<TestFhirServer> {
    const server = createServer();
    const fake = new TestFhirServer(server, nowMs);
    server.on('request', (request, response) => void fake.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get baseUrl(): string {
    return `${this.origin}/fhir`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Stores it, new or anew. @returns as it is stored */
  put(
    resource: FhirResource & { readonly id?: string },
    { version }: { readonly version?: number } = {},
  ): FhirResource & { id: string } {
    const id = resource.id ?? String(++this.ids);
    const key = `${resource.resourceType}/${id}`;
    this.lastMs = Math.max(this.lastMs + 1, this.nowMs());
    const atMs = this.nowMs() < this.lastMs - 1_000 ? this.nowMs() : this.lastMs;
    const next = version ?? (this.stored.get(key)?.version ?? 0) + 1;
    const meta = { versionId: String(next), lastUpdated: new Date(atMs).toISOString() };
    const stored = { ...resource, id, meta };
    this.stored.set(key, { resource: stored, version: next, atMs, isDeleted: false });
    return stored;
  }

  delete(type: string, id: string): void {
    const key = `${type}/${id}`;
    const known = this.stored.get(key);
    if (known !== undefined) this.stored.set(key, { ...known, isDeleted: true });
  }

  all(type: string): readonly FhirResource[] {
    return [...this.stored.values()]
      .filter(({ resource, isDeleted }) => resource.resourceType === type && !isDeleted)
      .map(({ resource }) => resource);
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization ?? null,
      body: Buffer.concat(chunks).toString(),
    };
    this.asked.push(asked);
    const fault = this.fault(asked);
    if (fault === null) this.answer(asked, response);
    else if (fault === 'cut') request.socket.destroy();
    else if (fault !== 'never') misbehave(fault, response);
  }

  private answer(asked: Asked, response: ServerResponse): void {
    const url = new URL(asked.path, this.origin);
    const parts = url.pathname.replace(/^\/fhir\/?/, '').split('/');
    const [type = '', id] = parts;
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
    };
    if (asked.method === 'GET' && id !== undefined) {
      const found = this.stored.get(`${type}/${id}`);
      if (found === undefined) return send(404, outcome('not-found'));
      return found.isDeleted ? send(410, outcome('deleted')) : send(200, found.resource);
    }
    if (asked.method === 'DELETE') {
      this.delete(type, id ?? '');
      return send(200, outcome('informational'));
    }
    if (asked.method === 'PUT' || (asked.method === 'POST' && id !== '_search')) {
      const resource = JSON.parse(asked.body) as FhirResource;
      return send(201, this.put(id === undefined ? resource : { ...resource, id }));
    }
    const query = asked.method === 'POST' ? new URLSearchParams(asked.body) : url.searchParams;
    send(200, this.search(type, query));
  }

  private search(type: string, query: URLSearchParams): unknown {
    const since = query.get('_lastUpdated');
    const identifier = query.get('identifier')?.split('|');
    const statuses = query.get('status')?.split(',');
    const direction = query.get('_sort')?.startsWith('-') === true ? -1 : 1;
    const found = [...this.stored.values()]
      .filter(({ resource, isDeleted }) => resource.resourceType === type && !isDeleted)
      .filter(({ atMs }) => since === null || atMs >= Date.parse(since.replace(/^ge/, '')))
      .filter(({ resource }) => statuses === undefined || statuses.includes(String(resource['status'])))
      .filter(({ resource }) => identifier === undefined || hasIdentifier(resource, identifier))
      .sort((a, b) => direction * (a.atMs - b.atMs));
    const offset = Number(query.get('offset') ?? 0);
    const size = Math.min(PAGE, Number(query.get('_count') ?? PAGE));
    const more = new URLSearchParams(query);
    more.set('offset', String(offset + size));
    const next = `${this.linksTo ?? this.origin}/fhir/${type}?${more.toString()}`;
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      link: offset + size < found.length ? [{ relation: 'next', url: next }] : [],
      entry: found.slice(offset, offset + size).map(({ resource }) => ({ resource, search: { mode: 'match' } })),
    };
  }
}

function hasIdentifier(resource: FhirResource, wanted: readonly string[]): boolean {
  const [first = '', second] = wanted;
  const identifiers = (resource['identifier'] ?? []) as readonly { readonly system?: string; readonly value?: string }[];
  return identifiers.some(({ system, value }) => (second === undefined ? value === first : system === first && value === second));
}

function outcome(code: string): unknown {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics: 'TESTMAN Tim was here' }] };
}

function misbehave(fault: Exclude<Fault, string>, response: ServerResponse): void {
  if ('bytes' in fault) {
    response.writeHead(200, { 'content-type': 'application/fhir+json' });
    const chunk = Buffer.alloc(64 * 1024, ' ');
    for (let sent = 0; sent < fault.bytes; sent += chunk.length) response.write(chunk);
    response.end('{"resourceType":"Bundle"}');
    return;
  }
  const body = fault.body ?? JSON.stringify(outcome('exception'));
  response.writeHead(fault.status, { 'content-type': 'application/fhir+json', ...fault.headers }).end(body);
}
