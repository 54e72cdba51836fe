import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface StubBucket {
  readonly id: string;
  readonly description?: string;
  retentionRules: readonly { readonly everySeconds: number }[];
}

/** `cut`: the connection ends without an answer; `silent`: nothing is ever said; undefined: as InfluxDB does. */
export type Script = (asked: Asked) => Answer | 'cut' | 'silent' | undefined;

/**
 * What InfluxDB answers, as far as a writer sees it: buckets and tasks are made and found again, each line is kept under its series
 * and time. A script answers first, so that a test says how the server fails. It knows no Flux: queries find positions, and count.
 */
export class InfluxStub {
  readonly asked: Asked[] = [];
  /** By bucket: `series time` to fields, as a point is overwritten by the same one. */
  readonly points = new Map<string, Map<string, string>>();
  readonly buckets = new Map<string, StubBucket>();
  readonly tasks = new Map<string, { readonly id: string; flux: string; status: string }>();
  script: Script = () => undefined;
  private readonly server: Server;
  private port = 0;

  private constructor() {
    this.server = createServer((request, response) => void this.take(request, response));
  }

  static async start(): Promise<InfluxStub> {
    const stub = new InfluxStub();
    await stub.back();
    stub.port = (stub.server.address() as AddressInfo).port;
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  writes(bucket: string): Asked[] {
    return this.asked.filter(({ path, query }) => path === '/api/v2/write' && query.get('bucket') === bucket);
  }

  linesOf(bucket: string): number {
    return this.points.get(bucket)?.size ?? 0;
  }

  /** Listens again where it did, with what it had. */
  async back(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  /** Nobody listens there any more. */
  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await ended;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url!, 'http://stub');
    const { method = 'GET', headers } = request;
    const asked = { method, path: url.pathname, query: url.searchParams, headers, body: Buffer.concat(chunks).toString() };
    this.asked.push(asked);
    const said = this.script(asked) ?? this.answer(asked);
    if (said === 'silent') return;
    if (said === 'cut') {
      request.socket.destroy();
      return;
    }
    const isText = typeof said.body === 'string';
    response.writeHead(said.status, { 'content-type': isText ? 'text/csv' : 'application/json', ...said.headers });
    response.end(said.body === undefined ? '' : isText ? said.body : JSON.stringify(said.body));
  }

  private answer({ method, path, query, body }: Asked): Answer {
    if (path === '/api/v2/write') return this.store(query.get('bucket')!, body);
    if (path === '/api/v2/query')
      return { status: 200, body: /\|> (count|sum)\(\)/.test(body) ? this.counts(body) : this.positions(body) };
    if (path === '/api/v2/delete') return { status: 204 };
    if (path === '/api/v2/orgs') return { status: 200, body: { orgs: [{ id: 'o1' }] } };
    if (path.startsWith('/api/v2/buckets')) return this.bucket(method, path, query, body);
    if (path.startsWith('/api/v2/tasks')) return this.task(method, path, query, body);
    return { status: 404, body: { code: 'not found', message: 'path not found' } };
  }

  private store(bucket: string, body: string): Answer {
    const points = this.points.get(bucket) ?? new Map<string, string>();
    this.points.set(bucket, points);
    for (const text of body.split('\n')) {
      const [series, fields, time] = text.split(/(?<!\\) /);
      points.set(`${series} ${time}`, fields!);
    }
    return { status: 204 };
  }

  private positions(body: string): string {
    const { query } = JSON.parse(body) as { query: string };
    const partition = /r\.partition == "(\d+)"/.exec(query)?.[1];
    const bucket = /bucket: "([^"]+)"/.exec(query)?.[1];
    const fields = this.points.get(bucket ?? '')?.get(`position,partition=${partition} 0`);
    const offset = fields === undefined ? null : (/offset="(.*)"/.exec(fields)?.[1] ?? null);
    if (offset === null) return '';
    return `#datatype,string,long,string\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n,,0,${offset}\r\n\r\n`;
  }

  /** One row for each series of the bed. */
  private counts(body: string): string {
    const { query } = JSON.parse(body) as { query: string };
    const bucket = /bucket: "([^"]+)"/.exec(query)![1]!;
    const bed = /r\.bed == "([^"]+)"/.exec(query)?.[1];
    const found = new Map<string, number>();
    const [fromMs, toMs] = [/start: (\S+),/.exec(query)![1]!, /stop: (\S+)\)/.exec(query)![1]!].map((time) => Date.parse(time));
    for (const [name, fields] of this.points.get(bucket) ?? []) {
      const [series, atMs] = name.split(' ') as [string, string];
      if (!series.includes(`,bed=${bed},`) || Number(atMs) < fromMs! || Number(atMs) >= toMs!) continue;
      const count = query.includes('count()') ? 1 : Number(/count=(\d+)/.exec(fields)![1]);
      found.set(series, (found.get(series) ?? 0) + count);
    }
    const head =
      '#datatype,string,long,string,string,string,long\r\n#group,false,false,true,true,true,false\r\n#default,_result,,,,,\r\n';
    const rows = [...found].map(([series, count]) => {
      const tag = (name: string): string => new RegExp(`${name}=([^,]+)`).exec(series)![1]!;
      return `,,0,${tag('device')},${tag('metric')},${tag('quality')},${count}\r\n`;
    });
    return found.size === 0 ? '' : `${head},result,table,device,metric,quality,_value\r\n${rows.join('')}\r\n`;
  }

  private bucket(method: string, path: string, query: URLSearchParams, body: string): Answer {
    if (method === 'GET') {
      const found = this.buckets.get(query.get('name')!);
      if (found === undefined) return { status: 404, body: { code: 'not found', message: 'bucket not found' } };
      return { status: 200, body: { buckets: [found] } };
    }
    const { name, description, retentionRules } = JSON.parse(body) as Omit<StubBucket, 'id'> & { name?: string };
    if (method === 'POST')
      this.buckets.set(name!, { id: `b-${name}`, ...(description === undefined ? {} : { description }), retentionRules });
    else [...this.buckets.values()].find(({ id }) => path.endsWith(id))!.retentionRules = retentionRules;
    return { status: method === 'POST' ? 201 : 200, body: {} };
  }

  private task(method: string, path: string, query: URLSearchParams, body: string): Answer {
    if (method === 'GET') {
      const found = this.tasks.get(query.get('name')!);
      return { status: 200, body: { tasks: found === undefined ? [] : [found] } };
    }
    const { flux, status } = JSON.parse(body) as { flux: string; status: string };
    if (method === 'POST') {
      const name = /name: "([^"]+)"/.exec(flux)![1]!;
      this.tasks.set(name, { id: `t${this.tasks.size}`, flux, status });
    } else
      Object.assign(
        [...this.tasks.values()].find(({ id }) => path.endsWith(id))!,
        { flux, status },
      );
    return { status: method === 'POST' ? 201 : 200, body: {} };
  }
}
